#include "worker/server.h"

#include <algorithm>
#include <utility>

#include "base/check.h"
#include "os/sysctl.h"

namespace rollport::worker {
namespace {

constexpr size_t kScratch = 64 << 10;

// How often a queue is looked into where tcp_migrate_req may have filled it silently, and how often
// we look whether that is on.
constexpr absl::Duration kLookEvery = absl::Milliseconds(100);
constexpr absl::Duration kLookWhetherOn = absl::Seconds(5);

// While a drain waits for descriptors to accept the rest of a queue.
constexpr absl::Duration kCloseAgain = absl::Milliseconds(20);

// The drain ends this much before its time-out, so that whoever kills at the time-out comes too
// late.
absl::Duration EarlyBy(absl::Duration timeout) {
  return std::min(timeout / 10, absl::Milliseconds(500));
}

}  // namespace

Server::Server(os::EventLoop& loop, const WorkerOptions& options, const Router& router,
               protocol::WorkerPage& page, const std::string& fields,
               const std::function<void(const Worker::AccessRecord&)>& on_access,
               std::function<void()> on_drained)
    : options_(options),
      on_drained_(std::move(on_drained)),
      context_{.loop = loop,
               .options = options,
               .limits = TimeLimits(options),
               .router = router,
               .page = page,
               .fields = fields,
               .on_access = on_access,
               .owner = *this,
               .pool = {},
               .scratch = std::vector<char>(std::max<size_t>(kScratch, 2 * options.max_head_bytes)),
               .date = {}},
      look_timer_(loop, [this] { LookForMigrated(); }),
      close_timer_(loop, [this] { CloseListeners(); }),
      patience_timer_(loop, [this] { DecideLastAnswers(); }),
      drain_timer_(loop, [this] { EndDrain(); }) {}

Server::~Server() {
  // Callbacks of aborted requests may still call us.
  while (!connections_.empty()) connections_.back()->Close();
}

void Server::AddListener(os::UniqueFd fd) {
  acceptors_.push_back(std::make_unique<Acceptor>(
      context_.loop, std::move(fd), [this](os::Accepted a) { Accepted(std::move(a)); },
      [this] { return HasRoom(); }));
}

std::vector<std::string> Server::addresses() const {
  std::vector<std::string> addresses;
  for (const auto& acceptor : acceptors_) addresses.push_back(acceptor->address());
  return addresses;
}

absl::Status Server::StartListening() {
  for (const auto& acceptor : acceptors_) {
    if (absl::Status status = acceptor->Start(); !status.ok()) return status;
  }
  look_timer_.After(absl::ZeroDuration());
  if (intake_) intake_->Start();
  return absl::OkStatus();
}

// In a drain connections are only passing through.
bool Server::HasRoom() const {
  return context_.draining || connections_.size() < options_.max_connections;
}

void Server::Accepted(os::Accepted accepted) {
  Add(std::move(accepted.fd), accepted.peer, nullptr);
}

void Server::Add(os::UniqueFd fd, const os::SocketAddress& peer, const protocol::Message* handed) {
  connections_.push_back(std::make_unique<Connection>(context_, std::move(fd), peer, handed));
  Connection* connection = connections_.back().get();
  connection->index = connections_.size() - 1;
  connection->Begin();
}

void Server::Closed(Connection* connection) {
  if (std::exchange(connection->resuming, false)) std::erase(resuming_, connection);
  const size_t index = connection->index;
  RP_CHECK(connections_[index].get() == connection, "a connection is where it says it is");
  if (dead_.empty()) context_.loop.Defer([this] { Bury(); });
  dead_.push_back(std::move(connections_[index]));
  connections_[index] = std::move(connections_.back());
  connections_.pop_back();
  if (index < connections_.size()) connections_[index]->index = index;
}

void Server::Bury() {
  dead_.clear();
  // A descriptor and a place have become free.
  for (const auto& acceptor : acceptors_) acceptor->Resume();
  if (intake_) intake_->Resume();
  CheckDrained();
}

void Server::Resume(Connection* connection) {
  if (std::exchange(connection->resuming, true)) return;
  if (resuming_.empty()) context_.loop.Defer([this] { ResumeConnections(); });
  resuming_.push_back(connection);
}

void Server::ResumeConnections() {
  // One that is closed meanwhile is not destroyed before Bury(), and pumping it does nothing.
  const std::vector<Connection*> due = std::exchange(resuming_, {});
  for (Connection* connection : due) {
    connection->resuming = false;
    connection->Pump();
  }
}

void Server::LookForMigrated() {
  const bool on = os::MigratesRequests();
  if (on) {
    for (const auto& acceptor : acceptors_) acceptor->Accept();
  }
  if (!context_.draining) look_timer_.After(on ? kLookEvery : kLookWhetherOn);
}

void Server::Drain(absl::Duration timeout) {
  context_.draining = true;
  look_timer_.Cancel();
  drain_timeout_ = timeout;
  drain_timer_.After(timeout - EarlyBy(timeout));
  // Half of the time is left for those whom the successor has not taken.
  patience_timer_.After(timeout / 2);
  DecideLastAnswers();
  // Who the successor is may have been said in this very turn.
  if (intake_) intake_->ReadAll();
  CloseListeners();
  HandOverAll();
  // The controller's own kept connection is nobody's to wait for.
  for (Connection* connection : AllConnections()) {
    if (connection->probe() && connection->idle()) connection->Close();
  }
  CheckDrained();
}

std::vector<Connection*> Server::AllConnections() const {
  std::vector<Connection*> all;
  for (const auto& connection : connections_) all.push_back(connection.get());
  return all;
}

void Server::CloseListeners() {
  bool all = true;
  for (const auto& acceptor : acceptors_) all = acceptor->Close() && all;
  if (!all) close_timer_.After(kCloseAgain);
  CheckDrained();
}

void Server::EndDrain() {
  if (end_of_drain_) return Abort();
  end_of_drain_ = true;
  close_timer_.Cancel();
  if (intake_) intake_->Close();
  const std::vector<Connection*> all = AllConnections();
  for (Connection* connection : all) {
    if (connection->idle()) connection->EndIdle();
  }
  for (Connection* connection : all) {
    if (connection->under_way()) connection->Cut();
  }
  // What is left has had its FIN; a request that was crossing it is read and not answered.
  drain_timer_.After(EarlyBy(drain_timeout_) / 2);
  CheckDrained();
}

void Server::Abort() {
  for (Connection* connection : AllConnections()) {
    if (connection->under_way()) connection->Cut();
  }
  if (auto drained = std::exchange(on_drained_, nullptr)) drained();
}

void Server::CheckDrained() {
  if (!context_.draining || !connections_.empty() || !on_drained_) return;
  const bool closed = std::all_of(acceptors_.begin(), acceptors_.end(),
                                  [](const auto& acceptor) { return acceptor->closed(); });
  if (!closed && !end_of_drain_) return;
  // What a predecessor has sent until now is served, and it is told that no more is taken.
  if (intake_ && !intake_->Close() && !end_of_drain_) return close_timer_.After(kCloseAgain);
  if (connections_.empty() && dead_.empty()) std::exchange(on_drained_, nullptr)();
}

}  // namespace rollport::worker
