#include "tests/controller/support/live_fleet.h"

#include <poll.h>
#include <sys/socket.h>

#include <utility>

#include "base/check.h"
#include "os/message_socket.h"
#include "os/socket.h"

namespace rollport::controller {

LiveFleet::LiveFleet() : loop_(*os::EventLoop::Create()), diag_(*os::SockDiag::Create()) {}

os::SocketAddress LiveFleet::NewAddress(int family) {
  bound_.push_back(
      *os::Bind(*os::SocketAddress::Parse(family == AF_INET ? "127.0.0.1:0" : "[::1]:0")));
  return *os::LocalAddress(bound_.back().get());
}

Puppet& LiveFleet::Launch(SlotId slot, GenerationId generation) {
  const WorkerId id(static_cast<int64_t>(puppets_.size()) + 1);
  Puppet& puppet = puppets_.try_emplace(id).first->second;
  const os::UniqueFd page = *protocol::MappedPage::CreateFd();
  os::MessageSockets channel = *os::MakeMessageSockets();
  sides_.emplace(id, WorkerSide{std::move(channel.a), *protocol::MappedPage::Map(page.get())});
  workers_.Add(std::make_unique<WorkerProcess>(
      *loop_, id, slot, generation, puppet.TakeProcess(), *protocol::MappedPage::Map(page.get()),
      std::move(channel.b), [this, id](os::ExitStatus how) { ended_[id] = how; }));
  return puppet;
}

os::ExitStatus LiveFleet::Reap(WorkerId worker) {
  RP_CHECK(RunUntil([&] { return ended_.contains(worker); }), "the worker ends");
  workers_.Remove(worker);
  return ended_.at(worker);
}

std::optional<os::ExitStatus> LiveFleet::ended(WorkerId worker) const {
  const auto it = ended_.find(worker);
  return it == ended_.end() ? std::nullopt : std::optional(it->second);
}

bool LiveFleet::RunUntil(const std::function<bool()>& condition) {
  const Instant end = os::EventLoop::ReadNow() + absl::Seconds(20);
  while (!condition()) {
    if (os::EventLoop::ReadNow() >= end) return false;
    RP_CHECK(loop_->Turn(absl::Milliseconds(2)).ok(), "a turn");
  }
  return true;
}

void LiveFleet::RunFor(absl::Duration time) {
  const Instant end = os::EventLoop::ReadNow() + time;
  for (Instant now = os::EventLoop::ReadNow(); now < end; now = os::EventLoop::ReadNow()) {
    RP_CHECK(loop_->Turn(end - now).ok(), "a turn");
  }
}

os::UniqueFd LiveFleet::Connect(const os::SocketAddress& server,
                                const std::optional<os::SocketAddress>& source) {
  os::UniqueFd client = *os::Connect(server, source);
  pollfd polled = {.fd = client.get(), .events = POLLOUT};
  RP_CHECK(poll(&polled, 1, 20'000) == 1 && os::PendingError(client.get()) == 0, "connected");
  return client;
}

std::vector<os::UniqueFd> LiveFleet::Connect(const os::SocketAddress& server, int times) {
  std::vector<os::UniqueFd> clients;
  while (times-- > 0) clients.push_back(Connect(server));
  return clients;
}

}  // namespace rollport::controller
