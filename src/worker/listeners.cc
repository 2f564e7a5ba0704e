#include "worker/listeners.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <utility>

#include "base/status_macros.h"

namespace rollport::worker {
namespace {

// How often the queues are looked into while tcp_migrate_req may fill them without an event, and
// how often it is looked up whether that is on.
constexpr absl::Duration kLookEvery = absl::Milliseconds(100);
constexpr absl::Duration kLookWhetherOn = absl::Seconds(5);

// net.ipv4.tcp_migrate_req of our network namespace; it governs IPv6 too.
bool MigratesRequests() {
  const os::UniqueFd fd(open("/proc/sys/net/ipv4/tcp_migrate_req", O_RDONLY | O_CLOEXEC));
  char value = '0';
  return fd.valid() && read(fd.get(), &value, 1) == 1 && value == '1';
}

}  // namespace

Listeners::Listeners(os::EventLoop& loop, std::function<void(os::Accepted)> on_accepted,
                     std::function<bool()> has_room)
    : loop_(loop),
      on_accepted_(std::move(on_accepted)),
      has_room_(std::move(has_room)),
      look_timer_(loop, [this] { LookForMigrated(); }) {}

void Listeners::Add(os::UniqueFd listener) {
  acceptors_.push_back(
      std::make_unique<Acceptor>(loop_, std::move(listener), on_accepted_, has_room_));
}

std::vector<std::string> Listeners::addresses() const {
  std::vector<std::string> addresses;
  for (const auto& acceptor : acceptors_) addresses.push_back(acceptor->address());
  return addresses;
}

absl::Status Listeners::Start() {
  for (const auto& acceptor : acceptors_) RETURN_IF_ERROR(acceptor->Start());
  look_timer_.After(absl::ZeroDuration());
  return absl::OkStatus();
}

void Listeners::Resume() {
  for (const auto& acceptor : acceptors_) acceptor->Resume();
}

bool Listeners::Close() {
  look_timer_.Cancel();
  bool all = true;
  for (const auto& acceptor : acceptors_) all = acceptor->Close() && all;
  return all;
}

bool Listeners::closed() const {
  return std::all_of(acceptors_.begin(), acceptors_.end(),
                     [](const auto& acceptor) { return acceptor->closed(); });
}

void Listeners::LookForMigrated() {
  const bool on = MigratesRequests();
  look_timer_.After(on ? kLookEvery : kLookWhetherOn);
  if (!on) return;
  for (const auto& acceptor : acceptors_) acceptor->Accept();
}

}  // namespace rollport::worker
