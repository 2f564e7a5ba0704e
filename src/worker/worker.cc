// include/rollport/worker.h: the parts of a worker, put together.
#include "rollport/worker.h"

#include <fcntl.h>
#include <signal.h>

#include <cstdio>
#include <optional>
#include <unordered_map>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "base/check.h"
#include "base/status_macros.h"
#include "http/serialize.h"
#include "metrics/user_registry.h"
#include "os/address.h"
#include "os/event_loop.h"
#include "os/notify_socket.h"
#include "os/signals.h"
#include "os/socket.h"
#include "protocol/mapped_page.h"
#include "worker/environment.h"
#include "worker/router.h"
#include "worker/server.h"

namespace rollport {

class Worker::Impl {
 public:
  explicit Impl(WorkerOptions options)
      : options(std::move(options)), environment(worker::TakeEnvironment()), page_(MapPage()) {}

  // Serves to the end. An error means that it could not start, or that the loop itself failed.
  absl::Status Run();
  void After(absl::Duration delay, std::function<void()> callback);
  // Null if the metric cannot be created; a Run() that has not begun then fails.
  protocol::UserSeries* AddMetric(protocol::UserSeries::Type type, MetricOptions options,
                                  std::vector<double> bounds = {});

  const WorkerOptions options;
  absl::StatusOr<worker::Environment> environment;
  worker::Router router;
  std::string fields;  // lines of a head that every answer gets
  std::function<bool()> on_start;
  std::function<void(const AccessRecord&)> on_access;
  std::vector<std::string> addresses;

 private:
  absl::StatusOr<protocol::MappedPage> MapPage();
  absl::Status Serve();
  absl::Status Bind(worker::Server* server);
  absl::Status Start(worker::Server* server);
  void OnSignal(os::SignalFd* signals, worker::Server* server);

  absl::StatusOr<protocol::MappedPage> page_;
  // For the metrics of a worker whose controller's page has no room for them.
  std::optional<protocol::MappedPage> spare_page_;
  absl::Status metrics_status_;

  // Only while Run() runs.
  os::EventLoop* loop_ = nullptr;
  std::unordered_map<uint64_t, std::unique_ptr<os::Timer>> timers_;
  uint64_t next_timer_ = 0;
  int first_signal_ = 0;  // what began the drain
  // A descriptor to give up for the socket that STOPPING=1 needs, if connections hold all others.
  os::UniqueFd reserve_;
};

absl::StatusOr<protocol::MappedPage> Worker::Impl::MapPage() {
  if (!environment.ok() || !environment->page.valid()) return protocol::MappedPage::Private();
  absl::StatusOr<protocol::MappedPage> page = protocol::MappedPage::Map(environment->page.get());
  environment->page.Reset();
  return page;
}

protocol::UserSeries* Worker::Impl::AddMetric(protocol::UserSeries::Type type,
                                              MetricOptions options, std::vector<double> bounds) {
  if (!page_.ok()) return nullptr;
  protocol::MappedPage* page = &*page_;
  if (page->user() == nullptr) {
    if (!spare_page_.has_value()) {
      if (auto spare = protocol::MappedPage::Private(); spare.ok()) spare_page_ = *std::move(spare);
    }
    if (!spare_page_.has_value()) return nullptr;
    page = &*spare_page_;
  }
  const absl::StatusOr<protocol::UserSeries*> series =
      metrics::Register(*page, {type, std::move(options.name), std::move(options.help),
                                std::move(options.labels), std::move(bounds)});
  metrics_status_.Update(series.status());
  return series.ok() ? *series : nullptr;
}

absl::Status Worker::Impl::Run() {
  RETURN_IF_ERROR(environment.status());
  RETURN_IF_ERROR(page_.status());
  RETURN_IF_ERROR(metrics_status_);
  return Serve();
}

absl::Status Worker::Impl::Serve() {
  // A write to a broken connection must be an error, not a signal; sendfile(2) has no flag for
  // that.
  sigset_t pipe;
  sigemptyset(&pipe);
  sigaddset(&pipe, SIGPIPE);
  sigprocmask(SIG_BLOCK, &pipe, nullptr);
  ASSIGN_OR_RETURN(os::SignalFd signals, os::SignalFd::Create({SIGTERM, SIGINT}));
  ASSIGN_OR_RETURN(std::unique_ptr<os::EventLoop> loop, os::EventLoop::Create());
  loop_ = loop.get();
  reserve_.Reset(open("/dev/null", O_RDONLY | O_CLOEXEC));
  page_->Begin();
  absl::Status status;
  {
    worker::Server server(*loop, options, router, **page_, fields, on_access,
                          [&] { loop->Stop(); });
    os::FdWatch watch(*loop, signals.fd(), [&](uint32_t) { OnSignal(&signals, &server); });
    status = watch.Set(EPOLLIN);
    if (status.ok()) status = Start(&server);
    if (status.ok()) status = loop->Run();
  }
  // Their callbacks may hold answers, whose connections have gone by now.
  timers_.clear();
  loop_ = nullptr;
  return status;
}

absl::Status Worker::Impl::Bind(worker::Server* server) {
  if (!environment->inherited.empty()) {
    for (os::UniqueFd& fd : environment->inherited) {
      RETURN_IF_ERROR(os::LocalAddress(fd.get()).status());
      server->AddListener(std::move(fd));
    }
    return absl::OkStatus();
  }
  const auto& listen = environment->listen.empty() ? options.listen : environment->listen;
  if (listen.empty()) return absl::InvalidArgumentError("no address to listen on");
  for (const std::string& text : listen) {
    ASSIGN_OR_RETURN(const os::SocketAddress address, os::SocketAddress::Parse(text));
    ASSIGN_OR_RETURN(os::UniqueFd fd, os::Bind(address));
    server->AddListener(std::move(fd));
  }
  return absl::OkStatus();
}

absl::Status Worker::Impl::Start(worker::Server* server) {
  RETURN_IF_ERROR(Bind(server));
  if (environment->handover.valid()) server->SetChannel(std::move(environment->handover));
  addresses = server->addresses();
  if (on_start && !on_start()) return absl::CancelledError("the start was refused");
  RETURN_IF_ERROR(metrics_status_);
  RETURN_IF_ERROR(server->StartListening());
  // A controller that launches many workers at once may be slow to read, and its queue short
  // (net.unix.max_dgram_qlen of unix(7)).
  return os::Notify("READY=1", absl::Minutes(1));
}

void Worker::Impl::OnSignal(os::SignalFd* signals, worker::Server* server) {
  while (const auto info = signals->Read()) {
    // Only the same signal again ends the drain: a Ctrl-C reaches this worker and the controller,
    // which then sends a SIGTERM.
    const int signal = static_cast<int>(info->ssi_signo);
    if (signal == first_signal_) return server->Abort();
    if (first_signal_ != 0) continue;
    first_signal_ = signal;
    server->Drain(environment->drain_timeout.value_or(absl::FromChrono(options.drain_timeout)));
    reserve_.Reset();
    // Optional: the controller sees the end by the worker's pidfd too.
    os::Notify("STOPPING=1").IgnoreError();
  }
}

void Worker::Impl::After(absl::Duration delay, std::function<void()> callback) {
  RP_CHECK(loop_ != nullptr, "After() while the worker runs");
  const uint64_t id = next_timer_++;
  auto timer = std::make_unique<os::Timer>(*loop_, [this, id, callback = std::move(callback)] {
    // First, so that what the callback holds is destroyed with it.
    const std::unique_ptr<os::Timer> self = std::move(timers_.extract(id).mapped());
    callback();
  });
  timer->After(delay);
  timers_.emplace(id, std::move(timer));
}

Worker::Worker(WorkerOptions options) : impl_(std::make_unique<Impl>(std::move(options))) {}
Worker::~Worker() = default;

void Worker::Handle(std::string path, Handler handler) {
  impl_->router.Add(std::move(path), std::move(handler));
}
Counter Worker::AddCounter(MetricOptions options) {
  return Counter(impl_->AddMetric(protocol::UserSeries::kCounter, std::move(options)));
}
Gauge Worker::AddGauge(MetricOptions options) {
  return Gauge(impl_->AddMetric(protocol::UserSeries::kGauge, std::move(options)));
}
Histogram Worker::AddHistogram(MetricOptions options, std::vector<double> bounds) {
  return Histogram(
      impl_->AddMetric(protocol::UserSeries::kHistogram, std::move(options), std::move(bounds)));
}
void Worker::AddField(std::string_view name, std::string_view value) {
  if (!http::IsFramingField(name)) http::AppendField(name, value, &impl_->fields);
}
void Worker::OnStart(std::function<bool()> callback) { impl_->on_start = std::move(callback); }
void Worker::OnAccess(std::function<void(const AccessRecord&)> callback) {
  impl_->on_access = std::move(callback);
}
void Worker::After(std::chrono::milliseconds delay, std::function<void()> callback) {
  impl_->After(absl::FromChrono(delay), std::move(callback));
}

int Worker::Run() {
  const absl::Status status = impl_->Run();
  if (status.ok()) return 0;
  const std::string line = absl::StrCat(impl_->options.name, ": ", status.message(), "\n");
  std::fputs(line.c_str(), stderr);
  return 1;
}

std::vector<std::string> Worker::addresses() const { return impl_->addresses; }
std::string Worker::generation() const {
  return impl_->environment.ok() ? impl_->environment->generation : "";
}
int Worker::slot() const { return impl_->environment.ok() ? impl_->environment->slot : -1; }

}  // namespace rollport
