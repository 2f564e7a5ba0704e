#include "load/run.h"

#include <algorithm>

#include "base/status_macros.h"

namespace rollport::load {
namespace {

// The wall clock's time at `then`. A loop's time stands still, and may be some milliseconds old by
// now: enough to date a loss after the death that caused it.
absl::Time WallTimeAt(Instant then) { return absl::Now() - (os::EventLoop::ReadNow() - then); }

}  // namespace

Run::Seat::Seat(Run& run, ClientKind kind, size_t index)
    : client(run.context_, kind, index),
      start(run.loop_, [this, &run] { run.Begin(client, run.loop_.Now()); }) {}

Run::Run(os::EventLoop& loop, const Plan& plan)
    : loop_(loop),
      plan_(plan),
      random_(plan.seed),
      maker_(plan),
      tally_(loop.Now(), plan.warmup, plan.bucket, plan.max_losses),
      context_{.loop = loop, .plan = plan, .maker = maker_, .tally = tally_},
      wall_start_(WallTimeAt(tally_.start())),
      open_loop_([this](Client& client, Instant due) { Begin(client, due); }),
      end_(loop, [this] { End(); }) {
  context_.on_free = [this](Client& client) { OnFree(client); };
  context_.on_loss = [this] {
    if (plan_.stop_on_loss) End();
  };
}

Run::~Run() {
  for (auto& seat : seats_) seat->client.Abandon();
}

absl::Status Run::Execute() {
  end_.At(tally_.start() + plan_.duration);
  SeatClients();
  if (plan_.rate > 0) {
    const absl::Duration interval = absl::Nanoseconds(1e9 / plan_.rate);
    RETURN_IF_ERROR(open_loop_.Start(loop_, tally_.start(), interval));
  }
  return loop_.Run();
}

void Run::SeatClients() {
  std::vector<Client*> paced;
  for (const ClientKind kind : AllClientKinds()) {
    for (int i = 0; i < plan_.Clients(kind); ++i) {
      seats_.push_back(std::make_unique<Seat>(*this, kind, seats_.size()));
      Seat& seat = *seats_.back();
      if (in_open_loop(kind)) {
        paced.push_back(&seat.client);
      } else {
        // Spread over their own interval, or they would go in step for ever.
        const double fraction = std::uniform_real_distribution<>(0, 1)(random_);
        seat.start.After(Pause(kind) * fraction);
      }
    }
  }
  std::shuffle(paced.begin(), paced.end(), random_);
  for (Client* client : paced) open_loop_.AddFree(*client);
}

absl::Duration Run::Pause(ClientKind kind) {
  absl::Duration mean = absl::ZeroDuration();
  if (kind == ClientKind::kIdle) mean = plan_.habits.idle_interval;
  // Without it a slow client would be a busy one if the answer is small.
  if (IsSlow(kind)) mean = plan_.habits.slow_pause;
  if (kind == ClientKind::kKeepAlive || kind == ClientKind::kPost) mean = plan_.habits.think;
  return mean * std::uniform_real_distribution<>(0.5, 1.5)(random_);
}

void Run::OnFree(Client& client) {
  if (ending_) return StopIfDone();
  if (in_open_loop(client.kind())) return open_loop_.AddFree(client);
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
  open_loop_.Stop();
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
