#include "load/run.h"

#include <time.h>

#include <algorithm>

#include "base/status_macros.h"

namespace rollport::load {
namespace {

// What the wall clock said at `then`. A loop's time stands still, and by now may be some
// milliseconds old: enough to date a loss after the death that caused it.
absl::Time WallTimeAt(Instant then) {
  timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  const auto mono = Instant::FromNanos(now.tv_sec * 1'000'000'000 + now.tv_nsec);
  return absl::Now() - (mono - then);
}

}  // namespace

Run::Seat::Seat(Run& run, ClientKind kind, size_t index)
    : client(run.shop_, kind, index),
      start(run.loop_, [this, &run] { run.Begin(client, run.loop_.Now()); }) {}

Run::Run(os::EventLoop& loop, const Plan& plan)
    : loop_(loop),
      plan_(plan),
      random_(plan.seed),
      maker_(plan),
      tally_(loop.Now(), plan.warmup, plan.bucket, plan.max_losses),
      shop_{.loop = loop, .plan = plan, .maker = maker_, .tally = tally_},
      wall_start_(WallTimeAt(tally_.start())),
      end_(loop, [this] { End(); }) {
  shop_.on_free = [this](Client& client) { OnFree(client); };
  shop_.on_loss = [this] {
    if (plan_.stop_on_loss) End();
  };
}

Run::~Run() {
  for (auto& seat : seats_) seat->client.Abandon();
}

absl::Status Run::Execute() {
  end_.At(tally_.start() + plan_.duration);
  for (const ClientKind kind : AllClientKinds()) {
    for (int i = 0; i < plan_.Clients(kind); ++i) {
      seats_.push_back(std::make_unique<Seat>(*this, kind, seats_.size()));
      Seat& seat = *seats_.back();
      if (open_loop() && IsPaced(kind)) {
        waiting_.push_back(&seat.client);
      } else {
        // Spread over their own interval, or they would beat in step for ever.
        const double fraction = std::uniform_real_distribution<>(0, 1)(random_);
        seat.start.After(Pause(kind) * fraction);
      }
    }
  }
  std::shuffle(waiting_.begin(), waiting_.end(), random_);
  if (open_loop()) RETURN_IF_ERROR(StartPacer());
  return loop_.Run();
}

absl::Status Run::StartPacer() {
  const absl::Duration interval = absl::Nanoseconds(1e9 / plan_.rate);
  ASSIGN_OR_RETURN(
      pacer_, Pacer::Create(loop_, tally_.start(), interval, [this](Instant due) { OnTick(due); }));
  return absl::OkStatus();
}

absl::Duration Run::Pause(ClientKind kind) {
  absl::Duration mean = absl::ZeroDuration();
  if (kind == ClientKind::kIdle) mean = plan_.idle_interval;
  // Or a slow client would be a busy one wherever the answer is small.
  if (IsSlow(kind)) mean = plan_.slow_pause;
  if (kind == ClientKind::kKeepAlive || kind == ClientKind::kPost) mean = plan_.think;
  return mean * std::uniform_real_distribution<>(0.5, 1.5)(random_);
}

void Run::OnTick(Instant due) {
  if (ending_) return;
  if (waiting_.empty()) {
    owed_.push_back(due);
    return;
  }
  Client* client = waiting_.front();
  waiting_.pop_front();
  Begin(*client, due);
}

void Run::OnFree(Client& client) {
  if (ending_) return StopIfDone();
  if (open_loop() && IsPaced(client.kind())) {
    if (owed_.empty()) return waiting_.push_back(&client);
    const Instant due = owed_.front();
    owed_.pop_front();
    return Begin(client, due);
  }
  const absl::Duration pause = Pause(client.kind());
  if (pause <= absl::ZeroDuration()) return Begin(client, loop_.Now());
  seats_[client.index()]->start.After(pause);
}

void Run::Begin(Client& client, Instant intended) {
  if (ending_) return;
  ++begun_;
  client.Start(intended);
  if (begun_ >= plan_.requests) End();
}

void Run::End() {
  if (ending_) return;
  ending_ = true;
  end_.Cancel();
  if (pacer_ != nullptr) pacer_->Stop();
  for (auto& seat : seats_) seat->start.Cancel();
  StopIfDone();
}

void Run::Abandon() {
  End();
  for (auto& seat : seats_) seat->client.Abandon();
  StopIfDone();
}

void Run::StopIfDone() {
  if (std::all_of(seats_.begin(), seats_.end(), [](auto& seat) { return seat->client.free(); })) {
    loop_.Stop();
  }
}

}  // namespace rollport::load
