#include "tests/steering/live/live_group.h"

#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include <utility>

#include "base/check.h"
#include "os/reuseport.h"
#include "os/socket.h"
#include "steering/probe_address.h"
#include "tests/support/loopback.h"

namespace rollport::steering {
namespace {

os::SocketAddress AnyPort(Family family) {
  return *os::SocketAddress::Parse(family == Family::kIpv4 ? "127.0.0.1:0" : "[::1]:0");
}

// Ends the connection by a reset, so that no TIME_WAIT keeps its port.
void Abort(int fd) {
  const linger reset = {.l_onoff = 1, .l_linger = 0};
  setsockopt(fd, SOL_SOCKET, SO_LINGER, &reset, sizeof reset);
}

}  // namespace

std::vector<Family> LiveFamilies() {
  if (LoopbackAddresses().size() < 2) return {Family::kIpv4};
  return {Family::kIpv4, Family::kIpv6};
}

std::string FamilyName(const testing::TestParamInfo<Family>& info) {
  return info.param == Family::kIpv4 ? "Ipv4" : "Ipv6";
}

LiveGroup::LiveGroup(Family family) : LiveGroup(AnyPort(family), AnyPort(family)) {}

LiveGroup::LiveGroup(const os::SocketAddress& bound, const os::SocketAddress& address)
    : family_(address.family() == AF_INET ? Family::kIpv4 : Family::kIpv6),
      reserve_(*os::Bind(bound)),
      diag_(*os::SockDiag::Create()) {
  bound_ = *os::LocalAddress(reserve_.get());
  address_ = address.with_port(bound_.port());
}

std::vector<Member> LiveGroup::members() const {
  std::vector<Member> all;
  for (const auto& [member, fd] : listeners_) all.push_back(member);
  return all;
}

Member LiveGroup::Join() {
  os::UniqueFd fd = *os::Listen(bound_, 512);
  struct stat info;
  RP_CHECK(fstat(fd.get(), &info) == 0, "fstat");
  const Member member = info.st_ino;
  listeners_.emplace(member, std::move(fd));
  return member;
}

void LiveGroup::Close(Member member) { listeners_.erase(member); }

void LiveGroup::ShutDown(Member member) {
  RP_CHECK(os::ShutdownListener(fd(member)).ok(), "shutdown");
  listeners_.erase(member);
}

absl::Status LiveGroup::Attach(const Program& program) const {
  return os::AttachProgram(listeners_.begin()->second.get(), program);
}

absl::Status LiveGroup::Detach() const {
  return os::DetachProgram(listeners_.begin()->second.get());
}

Member LiveGroup::Reach(const std::optional<os::SocketAddress>& source) {
  return Arrival(os::Connect(address_, source));
}

Member LiveGroup::Arrival(absl::StatusOr<os::UniqueFd> client) {
  RP_CHECK(client.ok(), client.status().ToString());
  std::vector<pollfd> polls;
  std::vector<Member> owners;
  for (const auto& [member, fd] : listeners_) {
    polls.push_back({.fd = fd.get(), .events = POLLIN});
    owners.push_back(member);
  }
  RP_CHECK(poll(polls.data(), polls.size(), 10'000) == 1, "one listener has the connection");
  size_t i = 0;
  while (polls[i].revents == 0) ++i;
  Abort(client->get());
  RP_CHECK(os::Accept4(polls[i].fd)->has_value(), "accepted");
  return owners[i];
}

Member LiveGroup::Probe(size_t index) {
  if (family_ == Family::kIpv4) {
    return Reach(os::SocketAddress::FromBytes(AF_INET, ProbeHost(index).data(), 0));
  }
  return Arrival(ConnectFromProbePort(index, kProbeFlowLabel));
}

Member LiveGroup::ReachFromProbePort(size_t index) {
  return Arrival(ConnectFromProbePort(index, 0));
}

absl::StatusOr<os::UniqueFd> LiveGroup::ConnectFromProbePort(size_t index, uint32_t flow_label) {
  // Another process may hold one of the ports.
  absl::StatusOr<os::UniqueFd> client;
  for (unsigned i = 0; !client.ok() && i < kProbePortsPerIndex; ++i) {
    client = os::Connect(address_, address_.with_port(ProbePort(index, turn_++)), flow_label);
  }
  return client;
}

std::map<Member, int> LiveGroup::ReachMany(int times) {
  std::map<Member, int> reached;
  while (times-- > 0) ++reached[Reach()];
  return reached;
}

std::vector<Member> LiveGroup::Listening() {
  const int family = family_ == Family::kIpv4 ? AF_INET : AF_INET6;
  const std::vector<os::ListenerInfo> listeners = *diag_.DumpListeners(family, address_.port());
  std::vector<Member> all;
  all.reserve(listeners.size());
  for (const os::ListenerInfo& l : listeners) all.push_back(l.inode);
  return all;
}

}  // namespace rollport::steering
