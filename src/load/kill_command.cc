#include "load/kill_command.h"

#include <netinet/tcp.h>
#include <poll.h>

#include <cerrno>
#include <csignal>
#include <cstdio>
#include <nlohmann/json.hpp>
#include <set>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "base/status_macros.h"
#include "os/pidfd.h"
#include "os/proc.h"
#include "os/sock_diag.h"

namespace rollport::load {
namespace {

constexpr int kWrongKill = 2;
// The states in which a server holds a connection: all but LISTEN, TIME_WAIT and CLOSE.
constexpr uint32_t kOpenStates =
    (1U << TCP_ESTABLISHED) | (1U << TCP_SYN_RECV) | (1U << TCP_FIN_WAIT1) | (1U << TCP_FIN_WAIT2) |
    (1U << TCP_CLOSE_WAIT) | (1U << TCP_LAST_ACK) | (1U << TCP_CLOSING);

// A signal takes effect only after it is sent: on another processor, microseconds later.
void AwaitStopped(pid_t pid) {
  while (true) {
    const char state = os::StateOf(pid).value_or('X');
    if (state == 'T' || state == 'X' || state == 'Z') return;
  }
}

absl::Status ReadConnections(pid_t pid, const std::vector<os::SocketAddress>& addresses,
                             KillReport* report) {
  ASSIGN_OR_RETURN(os::SockDiag diag, os::SockDiag::Create());
  ASSIGN_OR_RETURN(const std::vector<os::ProcessSocket> sockets, os::Sockets(pid));
  std::set<uint64_t> inodes;
  for (const os::ProcessSocket& socket : sockets) inodes.insert(socket.inode);
  for (const os::SocketAddress& address : addresses) {
    ASSIGN_OR_RETURN(const std::vector<os::ConnectionInfo> connections,
                     diag.DumpConnections(address.family(), address.port(), kOpenStates));
    for (const os::ConnectionInfo& connection : connections) {
      if (inodes.count(connection.inode) > 0) {
        report->accepted.push_back(connection.peer.ToString());
      } else if (connection.inode == 0) {
        report->unaccepted.push_back(connection.peer.ToString());
      }
    }
  }
  return absl::OkStatus();
}

double Unix(absl::Time time) { return static_cast<double>(absl::ToUnixMicros(time)) / 1e6; }

absl::StatusOr<KillReport> KillAsTold(int argc, const char* const* argv) {
  pid_t pid;
  if (argc < 3 || !absl::SimpleAtoi(argv[1], &pid) || pid <= 1) {
    return absl::InvalidArgumentError("usage: rollport-kill PID ADDRESS:PORT...");
  }
  std::vector<os::SocketAddress> addresses;
  for (int i = 2; i < argc; ++i) {
    ASSIGN_OR_RETURN(addresses.emplace_back(), os::SocketAddress::Parse(argv[i]));
  }
  return KillWorker(pid, addresses);
}

}  // namespace

absl::StatusOr<KillReport> KillWorker(pid_t pid, const std::vector<os::SocketAddress>& addresses) {
  KillReport report{.pid = pid};
  ASSIGN_OR_RETURN(const os::UniqueFd pidfd, os::PidfdOpen(pid));
  report.stopped = absl::Now();
  RETURN_IF_ERROR(os::PidfdSendSignal(pidfd.get(), SIGSTOP));
  AwaitStopped(pid);
  // Killed even if its connections could not be read: it must not stay stopped.
  const absl::Status read = ReadConnections(pid, addresses, &report);
  report.killed = absl::Now();
  RETURN_IF_ERROR(os::PidfdSendSignal(pidfd.get(), SIGKILL));
  pollfd exit = {.fd = pidfd.get(), .events = POLLIN};
  while (poll(&exit, 1, -1) < 0 && errno == EINTR) {
  }
  report.gone = absl::Now();
  if (!read.ok()) return read;
  return report;
}

std::string JsonReport(const KillReport& report) {
  const nlohmann::ordered_json json = {{"pid", report.pid},
                                       {"stopped_unix", Unix(report.stopped)},
                                       {"killed_unix", Unix(report.killed)},
                                       {"gone_unix", Unix(report.gone)},
                                       {"accepted", report.accepted},
                                       {"unaccepted", report.unaccepted}};
  return json.dump() + "\n";
}

int KillMain(int argc, const char* const* argv) {
  const absl::StatusOr<KillReport> report = KillAsTold(argc, argv);
  if (!report.ok()) {
    std::fprintf(stderr, "rollport-kill: %s\n", std::string(report.status().message()).c_str());
    return report.status().code() == absl::StatusCode::kInvalidArgument ? kWrongKill : 1;
  }
  std::fputs(JsonReport(*report).c_str(), stdout);
  return 0;
}

}  // namespace rollport::load
