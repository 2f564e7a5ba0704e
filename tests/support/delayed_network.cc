#include "tests/support/delayed_network.h"

#include <fcntl.h>
#include <linux/if_tun.h>
#include <linux/ipv6.h>
#include <net/if.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/status_macros.h"
#include "os/errno_status.h"
#include "os/socket.h"

namespace rollport {
namespace {

using Side = DelayedNetwork::Side;

constexpr char kDevice[] = "delayed";

absl::Status Failed(const std::string& what) { return os::ErrnoStatus(errno, what); }

absl::StatusOr<os::UniqueFd> OpenFile(const char* path, int flags) {
  os::UniqueFd fd(open(path, flags | O_CLOEXEC));
  if (!fd.valid()) return Failed(absl::StrCat("open ", path));
  return fd;
}

absl::Status WriteFile(const char* path, const std::string& text) {
  ASSIGN_OR_RETURN(const os::UniqueFd fd, OpenFile(path, O_WRONLY));
  if (write(fd.get(), text.data(), text.size()) < 0) return Failed(absl::StrCat("write ", path));
  return absl::OkStatus();
}

absl::Status EnterNewUserNamespace() {
  const uid_t uid = geteuid();
  const gid_t gid = getegid();
  if (unshare(CLONE_NEWUSER) != 0) return Failed("unshare CLONE_NEWUSER");
  RETURN_IF_ERROR(WriteFile("/proc/self/setgroups", "deny"));
  RETURN_IF_ERROR(WriteFile("/proc/self/uid_map", absl::StrCat("0 ", uid, " 1")));
  return WriteFile("/proc/self/gid_map", absl::StrCat("0 ", gid, " 1"));
}

absl::Status Control(int fd, unsigned long request, void* argument, const char* name) {
  if (ioctl(fd, request, argument) != 0) return Failed(absl::StrCat("ioctl ", name));
  return absl::OkStatus();
}

ifreq NamedRequest(const char* name) {
  ifreq request = {};
  std::strncpy(request.ifr_name, name, sizeof request.ifr_name - 1);
  return request;
}

absl::Status BringUp(const char* name) {
  const os::UniqueFd control(socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  ifreq request = NamedRequest(name);
  request.ifr_flags = IFF_UP;
  return Control(control.get(), SIOCSIFFLAGS, &request, "SIOCSIFFLAGS");
}

absl::Status SetIpv4(const char* name, Side side) {
  const os::UniqueFd control(socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  ifreq request = NamedRequest(name);
  sockaddr_storage storage;
  const auto set = [&](const os::SocketAddress& address) {
    address.ToSockaddr(&storage);
    std::memcpy(&request.ifr_addr, &storage, sizeof request.ifr_addr);
  };
  set(DelayedNetwork::Address(side, AF_INET, 0));
  RETURN_IF_ERROR(Control(control.get(), SIOCSIFADDR, &request, "SIOCSIFADDR"));
  set(*os::SocketAddress::Parse("255.255.255.0:0"));
  RETURN_IF_ERROR(Control(control.get(), SIOCSIFNETMASK, &request, "SIOCSIFNETMASK"));
  // Room for a burst, if that is allowed: a packet dropped here comes only when it is sent again.
  request.ifr_qlen = 10'000;
  ioctl(control.get(), SIOCSIFTXQLEN, &request);
  return absl::OkStatus();
}

absl::Status SetIpv6(const char* name, Side side) {
  const os::UniqueFd control(socket(AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  if (!control.valid()) return absl::OkStatus();  // no IPv6 on this machine
  in6_ifreq request = {};
  const os::SocketAddress address = DelayedNetwork::Address(side, AF_INET6, 0);
  std::memcpy(&request.ifr6_addr, address.host_bytes().data(), 16);
  request.ifr6_prefixlen = 64;
  request.ifr6_ifindex = static_cast<int>(if_nametoindex(name));
  RETURN_IF_ERROR(Control(control.get(), SIOCSIFADDR, &request, "SIOCSIFADDR for IPv6"));
  // The kernel looks for duplicates of the address (RFC 4862 section 5.4) before it can be used,
  // which takes a moment even if there is no other host.
  absl::Status usable;
  for (int i = 0; i < 5'000; ++i) {
    usable = os::Bind(address).status();
    if (usable.ok()) break;
    poll(nullptr, 0, 1);
  }
  return usable;
}

// Makes a network namespace and enters it; returns it and its TUN device.
absl::Status AddNamespace(Side side, Fds* fds) {
  if (unshare(CLONE_NEWNET) != 0) return Failed("unshare CLONE_NEWNET");
  ASSIGN_OR_RETURN(os::UniqueFd space, OpenFile("/proc/self/ns/net", O_RDONLY));
  ASSIGN_OR_RETURN(os::UniqueFd tun, OpenFile("/dev/net/tun", O_RDWR | O_NONBLOCK));
  ifreq request = NamedRequest(kDevice);
  request.ifr_flags = IFF_TUN | IFF_NO_PI;
  RETURN_IF_ERROR(Control(tun.get(), TUNSETIFF, &request, "TUNSETIFF"));
  RETURN_IF_ERROR(BringUp("lo"));
  RETURN_IF_ERROR(SetIpv4(kDevice, side));
  RETURN_IF_ERROR(BringUp(kDevice));
  RETURN_IF_ERROR(SetIpv6(kDevice, side));
  fds->push_back(std::move(space));
  fds->push_back(std::move(tun));
  return absl::OkStatus();
}

// The server's namespace and TUN, the client's, and the user namespace if one had to be made.
absl::StatusOr<Fds> MakeNamespaces() {
  Fds fds;
  // In a container even root may lack the capability. This first namespace is not used.
  const bool privileged = unshare(CLONE_NEWNET) == 0;
  if (!privileged) RETURN_IF_ERROR(EnterNewUserNamespace());
  RETURN_IF_ERROR(AddNamespace(Side::kServer, &fds));
  RETURN_IF_ERROR(AddNamespace(Side::kClient, &fds));
  if (!privileged) {
    ASSIGN_OR_RETURN(os::UniqueFd user, OpenFile("/proc/self/ns/user", O_RDONLY));
    fds.push_back(std::move(user));
  }
  return fds;
}

}  // namespace

absl::StatusOr<std::unique_ptr<DelayedNetwork>> DelayedNetwork::Create(
    const RelayOptions& options) {
  ASSIGN_OR_RETURN(Fds fds, MakeInChild(MakeNamespaces));
  std::unique_ptr<DelayedNetwork> network(new DelayedNetwork);
  network->net_namespaces_[0] = std::move(fds[0]);
  network->net_namespaces_[1] = std::move(fds[2]);
  if (fds.size() > 4) network->user_namespace_ = std::move(fds[4]);
  const pid_t parent = getpid();
  network->relay_ = fork();
  if (network->relay_ < 0) return Failed("fork");
  if (network->relay_ == 0) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent) _exit(0);
    RelayPackets(fds[1].get(), fds[3].get(), options);
  }
  return network;
}

DelayedNetwork::~DelayedNetwork() {
  if (relay_ <= 0) return;
  kill(relay_, SIGKILL);
  waitpid(relay_, nullptr, 0);
}

os::SocketAddress DelayedNetwork::Address(Side side, int family, uint16_t port) {
  const char* server = family == AF_INET ? "10.83.0.1:0" : "[fd83::1]:0";
  const char* client = family == AF_INET ? "10.83.0.2:0" : "[fd83::2]:0";
  return os::SocketAddress::Parse(side == Side::kServer ? server : client)->with_port(port);
}

absl::Status DelayedNetwork::Enter(Side side) const {
  // EINVAL: this process is in this user namespace already.
  if (user_namespace_.valid() && setns(user_namespace_.get(), CLONE_NEWUSER) != 0 &&
      errno != EINVAL) {
    return Failed("setns CLONE_NEWUSER");
  }
  if (setns(net_namespaces_[side == Side::kServer ? 0 : 1].get(), CLONE_NEWNET) != 0) {
    return Failed("setns CLONE_NEWNET");
  }
  return absl::OkStatus();
}

absl::StatusOr<int> DelayedNetwork::Run(Side side, const std::function<int()>& f) const {
  const pid_t pid = fork();
  if (pid < 0) return Failed("fork");
  if (pid == 0) {
    if (absl::Status status = Enter(side); !status.ok()) {
      std::fprintf(stderr, "%s\n", status.ToString().c_str());
      _exit(255);
    }
    const int result = f();
    std::fflush(nullptr);
    _exit(result);
  }
  int status = 0;
  if (waitpid(pid, &status, 0) != pid) return Failed("waitpid");
  if (!WIFEXITED(status)) return absl::InternalError(absl::StrCat("killed: ", WTERMSIG(status)));
  return WEXITSTATUS(status);
}

absl::StatusOr<Fds> DelayedNetwork::OpenAll(
    Side side, const std::function<absl::StatusOr<Fds>()>& make) const {
  return MakeInChild([&]() -> absl::StatusOr<Fds> {
    RETURN_IF_ERROR(Enter(side));
    return make();
  });
}

absl::StatusOr<os::UniqueFd> DelayedNetwork::Open(
    Side side, const std::function<absl::StatusOr<os::UniqueFd>()>& make) const {
  ASSIGN_OR_RETURN(Fds fds, OpenAll(side, [&]() -> absl::StatusOr<Fds> {
                     ASSIGN_OR_RETURN(os::UniqueFd fd, make());
                     Fds one;
                     one.push_back(std::move(fd));
                     return one;
                   }));
  return std::move(fds[0]);
}

bool SetMigrateRequests() { return WriteFile("/proc/sys/net/ipv4/tcp_migrate_req", "1").ok(); }

}  // namespace rollport
