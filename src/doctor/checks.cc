// The checks. Each makes what it needs, on loopback, and leaves nothing behind.
#include <fcntl.h>
#include <linux/capability.h>
#include <linux/filter.h>
#include <poll.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <iterator>
#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "base/status_macros.h"
#include "doctor/doctor.h"
#include "os/capabilities.h"
#include "os/child.h"
#include "os/errno_status.h"
#include "os/file.h"
#include "os/packets.h"
#include "os/pidfd.h"
#include "os/proc.h"
#include "os/reuseport.h"
#include "os/sock_diag.h"
#include "os/socket.h"
#include "os/sysctl.h"

#ifndef MFD_EXEC
#define MFD_EXEC 0x0010U  // since Linux 6.3, memfd_create(2)
#endif

namespace rollport::doctor {
namespace {

constexpr int kPatienceMillis = 1000;
constexpr int kMembers = 2;

// The source ports of probes over IPv6 (docs/design.md, "Addressed probes").
constexpr uint16_t kFirstProbePort = 61184, kLastProbePort = 65279;

CheckUp Good(std::string name, std::string means) {
  return {std::move(name), Finding::kGood, std::move(means), ""};
}

CheckUp Judge(std::string name, const absl::Status& status, std::string good, std::string_view bad,
              std::string advice) {
  if (status.ok()) return Good(std::move(name), std::move(good));
  return {std::move(name), Finding::kBad, absl::StrCat(std::string(bad), ": ", status.message()),
          std::move(advice)};
}

absl::Status AwaitReadable(int fd, const char* what) {
  pollfd ready{.fd = fd, .events = POLLIN};
  if (poll(&ready, 1, kPatienceMillis) == 1) return absl::OkStatus();
  return absl::DeadlineExceededError(absl::StrCat("nothing has come to ", what));
}

// Listeners of one group on a loopback port.
struct TestGroup {
  std::vector<os::UniqueFd> members;
  os::SocketAddress address;
};

absl::StatusOr<TestGroup> MakeGroup() {
  TestGroup group;
  ASSIGN_OR_RETURN(group.address, os::SocketAddress::Parse("127.0.0.1:0"));
  for (int i = 0; i < kMembers; ++i) {
    ASSIGN_OR_RETURN(os::UniqueFd member, os::Listen(group.address, 16));
    ASSIGN_OR_RETURN(group.address, os::LocalAddress(member.get()));
    group.members.push_back(std::move(member));
  }
  return group;
}

// Attaches a program that always chooses the second member, and connects often enough to show that
// it does: the kernel's hash would send every connection there once in 256 times.
absl::Status TrySteering(const TestGroup& group) {
  const sock_filter second = BPF_STMT(BPF_RET | BPF_K, 1);
  RETURN_IF_ERROR(os::AttachProgram(group.members[0].get(), {&second, 1}));
  for (int i = 0; i < 8; ++i) {
    ASSIGN_OR_RETURN(const os::UniqueFd client, os::Connect(group.address));
    RETURN_IF_ERROR(AwaitReadable(group.members[1].get(), "the chosen member"));
    ASSIGN_OR_RETURN(const auto accepted, os::Accept4(group.members[1].get()));
    if (!accepted.has_value()) return absl::InternalError("the chosen member got nothing");
  }
  return absl::OkStatus();
}

absl::Status TryProbe(const TestGroup& group) {
  ASSIGN_OR_RETURN(const os::SocketAddress source, os::SocketAddress::Parse("127.83.0.1:0"));
  ASSIGN_OR_RETURN(const os::UniqueFd client, os::Connect(group.address, source));
  RETURN_IF_ERROR(AwaitReadable(group.members[1].get(), "the listener"));
  ASSIGN_OR_RETURN(const auto accepted, os::Accept4(group.members[1].get()));
  if (!accepted.has_value()) return absl::InternalError("the listener got nothing");
  return absl::OkStatus();
}

absl::Status TryQueues(const TestGroup& group) {
  ASSIGN_OR_RETURN(os::SockDiag diag, os::SockDiag::Create());
  ASSIGN_OR_RETURN(const auto listeners,
                   diag.DumpListeners(group.address.family(), group.address.port()));
  if (listeners.size() < kMembers) return absl::InternalError("it does not see our own listeners");
  RETURN_IF_ERROR(diag.DumpHandshakes(group.address.family(), group.address.port()).status());
  return absl::OkStatus();
}

// A child that does nothing, and ends with this object or with this process.
class IdleChild {
 public:
  IdleChild() : pid_(fork()) {
    if (pid_ != 0) return;
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    while (true) pause();
  }
  IdleChild(const IdleChild&) = delete;
  IdleChild& operator=(const IdleChild&) = delete;
  ~IdleChild() {
    if (pid_ <= 0) return;
    kill(pid_, SIGKILL);
    while (waitpid(pid_, nullptr, 0) < 0 && errno == EINTR) {
    }
  }
  pid_t pid() const { return pid_; }

 private:
  const pid_t pid_;
};

// As the controller does: finds a worker's listener in /proc, and takes a duplicate.
absl::Status TryDescriptors(const TestGroup& group) {
  const int listener = group.members[0].get();
  struct stat st {};
  if (fstat(listener, &st) != 0) return os::ErrnoStatus(errno, "fstat");
  const IdleChild child;
  if (child.pid() < 0) return os::ErrnoStatus(errno, "fork");
  ASSIGN_OR_RETURN(const auto number, os::FindSocketFd(child.pid(), st.st_ino));
  if (!number.has_value()) return absl::NotFoundError("/proc does not show a child's sockets");
  ASSIGN_OR_RETURN(const os::UniqueFd pidfd, os::PidfdOpen(child.pid()));
  return os::PidfdGetFd(pidfd.get(), *number).status();
}

// Runs an executable from memory, as a revert does after the file on disk has changed.
absl::Status TryMemory() {
  const char* const path = "/bin/true";
  const os::UniqueFd file(open(path, O_RDONLY | O_CLOEXEC));
  struct stat st {};
  if (!file.valid() || fstat(file.get(), &st) != 0) return os::ErrnoStatus(errno, path);
  os::UniqueFd memory(memfd_create("rollport-doctor", MFD_CLOEXEC | MFD_EXEC));
  // Kernels before 6.3 neither know the flag nor need it.
  if (!memory.valid() && errno == EINVAL) {
    memory = os::UniqueFd(memfd_create("rollport-doctor", MFD_CLOEXEC));
  }
  if (!memory.valid()) return os::ErrnoStatus(errno, "memfd_create");
  for (off_t left = st.st_size; left > 0;) {
    const ssize_t n = sendfile(memory.get(), file.get(), nullptr, static_cast<size_t>(left));
    if (n <= 0) return os::ErrnoStatus(errno, "sendfile");
    left -= n;
  }
  ASSIGN_OR_RETURN(
      os::Child child,
      os::Child::Launch({.path = path, .executable_fd = memory.get(), .argv = {"true"}}));
  ASSIGN_OR_RETURN(const os::ExitStatus exit, child.Wait());
  return exit.clean() ? absl::OkStatus() : absl::InternalError(exit.ToString());
}

CheckUp CheckYama() {
  const auto scope = os::ReadSysctl("kernel.yama.ptrace_scope");
  if (!scope.has_value() || *scope == 0) return Good("yama", "does not restrict pidfd_getfd");
  if (*scope == 1) {
    return Good("yama", "ptrace_scope 1 allows pidfd_getfd on descendants, which workers are");
  }
  return {"yama", Finding::kNote,
          absl::StrCat("ptrace_scope ", *scope, ": pidfd_getfd ",
                       *scope == 2 ? "needs CAP_SYS_PTRACE" : "is not allowed at all",
                       "; see \"descriptors\""),
          "sysctl kernel.yama.ptrace_scope=1"};
}

CheckUp CheckPackets() {
  if (os::WaitForPackets()) {
    return Good("packets",
                "rollport can wait for packets under way to a worker before it quiesces it");
  }
  return {"packets", Finding::kNote,
          "to wait for packets under way, this process may neither run on every CPU nor call "
          "membarrier: rollport waits 5 ms instead, which lost nothing when measured but proves "
          "nothing",
          "allow sched_setaffinity to all CPUs, or membarrier, in the sandbox"};
}

CheckUp CheckMigration(const std::optional<int64_t>& value) {
  if (value == 1) {
    return Good(
        "migration",
        "tcp_migrate_req is 1: connections that wait for a worker that dies go to another one");
  }
  return {
      "migration", Finding::kNote,
      value.has_value()
          ? "tcp_migrate_req is 0: rolls lose nothing, but connections that wait for a worker "
            "that crashes are reset"
          : "this kernel has no tcp_migrate_req (5.14): connections that wait for a worker that "
            "crashes are reset",
      value.has_value() ? "sysctl net.ipv4.tcp_migrate_req=1, which needs root" : ""};
}

CheckUp CheckPorts(const std::vector<uint16_t>& ports) {
  const int64_t first = os::FirstUnprivilegedPort();
  std::vector<uint16_t> low;
  std::copy_if(ports.begin(), ports.end(), std::back_inserter(low),
               [first](uint16_t port) { return port != 0 && port < first; });
  const std::string advice = absl::StrCat(
      "give CAP_NET_BIND_SERVICE (systemd: AmbientCapabilities=CAP_NET_BIND_SERVICE), or sysctl "
      "net.ipv4.ip_unprivileged_port_start=",
      low.empty() ? "80" : absl::StrCat(*std::min_element(low.begin(), low.end())));
  if (os::HasCapability(CAP_NET_BIND_SERVICE)) return Good("ports", "this user may bind any port");
  if (!low.empty()) {
    return {"ports", Finding::kBad,
            absl::StrCat("this user may not bind port ", absl::StrJoin(low, ", ")), advice};
  }
  if (!ports.empty()) return Good("ports", "this user may bind the fleet's ports");
  return {"ports", Finding::kNote,
          absl::StrCat("this user may only bind ports from ", first, " up"), advice};
}

// A connection with a flow label, as addressed probes over IPv6 have it.
absl::Status TryIpv6() {
  constexpr uint32_t kLabel = 1;
  ASSIGN_OR_RETURN(const os::SocketAddress any, os::SocketAddress::Parse("[::1]:0"));
  ASSIGN_OR_RETURN(const os::UniqueFd listener, os::Listen(any, 1));
  ASSIGN_OR_RETURN(const os::SocketAddress address, os::LocalAddress(listener.get()));
  ASSIGN_OR_RETURN(const os::UniqueFd client, os::Connect(address, std::nullopt, kLabel));
  RETURN_IF_ERROR(AwaitReadable(listener.get(), "the listener"));
  ASSIGN_OR_RETURN(const auto accepted, os::Accept4(listener.get()));
  if (!accepted.has_value()) return absl::InternalError("the listener got nothing");
  if (os::PeerFlowLabel(accepted->fd.get()) == kLabel) return absl::OkStatus();
  return absl::InternalError(
      "a connection arrived without its flow label, so no worker can be "
      "probed through an IPv6 address");
}

CheckUp CheckIpv6() {
  const absl::Status status = TryIpv6();
  if (!status.ok()) {
    return {"ipv6", Finding::kNote,
            absl::StrCat("does not work: ", status.message(),
                         "; fleets that listen on IPv4 only are fine"),
            ""};
  }
  if (!os::ChoosesPortsBetween(kFirstProbePort, kLastProbePort)) return Good("ipv6", "works");
  return {"ipv6", Finding::kNote,
          absl::StrCat("works, but the kernel gives clients the ports of probes too "
                       "(net.ipv4.ip_local_port_range): a probe fails if all ports of its worker "
                       "are taken"),
          absl::StrCat("add ", kFirstProbePort, "-", kLastProbePort,
                       " to net.ipv4.ip_local_reserved_ports")};
}

// The checks that need a group of listeners.
void ExamineGroup(std::vector<CheckUp>* checks) {
  const absl::StatusOr<TestGroup> group = MakeGroup();
  checks->push_back(Judge("group", group.status(), "several sockets may listen on one port",
                          "SO_REUSEPORT does not work on loopback", "bring the lo interface up"));
  if (!group.ok()) return;
  const absl::Status steering = TrySteering(*group);
  checks->push_back(
      Judge("steering", steering,
            "the kernel accepts a program that distributes connections: a roll loses none",
            "SO_ATTACH_REUSEPORT_CBPF does not work, so the kernel's hash chooses the worker, and "
            "a roll may lose half-open handshakes",
            "allow setsockopt SO_ATTACH_REUSEPORT_CBPF in the sandbox or seccomp profile"));
  if (steering.ok()) {
    checks->push_back(
        Judge("probes", TryProbe(*group),
              "a probe from 127.83.0.0/16 reaches the worker that it is meant for",
              "cannot connect from 127.83.0.1, which is how a single worker is probed",
              "give the lo interface all of 127.0.0.0/8"));
  }
  checks->push_back(Judge("queues", TryQueues(*group),
                          "sock_diag shows what is on its way to a worker before it is retired",
                          "sock_diag does not work, so rollport cannot see what is on its way to a "
                          "worker",
                          "allow NETLINK_SOCK_DIAG sockets in the sandbox, and load tcp_diag and "
                          "inet_diag"));
  checks->push_back(Judge("descriptors", TryDescriptors(*group),
                          "pidfd_getfd reaches the listeners of a fleet's own workers",
                          "cannot get the listener of a child process, so shares cannot be set",
                          "allow pidfd_getfd in the sandbox, and see \"yama\""));
}

}  // namespace

std::vector<CheckUp> Examine(const std::vector<uint16_t>& ports) {
  utsname name{};
  uname(&name);
  const auto migrates = os::ReadSysctl(os::kTcpMigrateReq);
  std::vector<CheckUp> checks = {ExamineKernel(name.release, name.version,
                                               os::ReadFile("/proc/version_signature").value_or(""),
                                               migrates == 1)};
  ExamineGroup(&checks);
  checks.push_back(CheckYama());
  checks.push_back(CheckPackets());
  checks.push_back(
      Judge("memory", TryMemory(),
            "an executable runs from memory: `undo` and a revert run exactly the former bytes",
            "no executable runs from memory, so a revert only has the file that is on disk",
            "sysctl vm.memfd_noexec=0, and allow memfd_create in the sandbox"));
  checks.push_back(CheckMigration(migrates));
  checks.push_back(CheckPorts(ports));
  checks.push_back(CheckIpv6());
  checks.push_back(Good("namespaces", "user namespaces are not needed; only some tests use them"));
  return checks;
}

bool AllGood(const std::vector<CheckUp>& checks) {
  return std::none_of(checks.begin(), checks.end(),
                      [](const CheckUp& check) { return check.finding == Finding::kBad; });
}

}  // namespace rollport::doctor
