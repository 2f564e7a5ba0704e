#include "os/sock_diag.h"

#include <arpa/inet.h>
#include <linux/sock_diag.h>
#include <sys/socket.h>
#include <sys/time.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <map>
#include <string_view>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/status_macros.h"
#include "os/errno_status.h"
#include "os/inet_diag_message.h"

namespace rollport::os {

// What the attributes behind a message say. Not in the unnamed namespace, because SockDiag::Answer
// has one.
struct DiagExtras {
  bool v6only = false;
  bool unanswered = false;
  bool has_info = false;
  uint32_t drops = 0;
};

namespace {

constexpr int kAttempts = 4;
constexpr int kAgreements = 8;
// A dump of so few sockets came in one datagram, because each has room for some 20 at least
// (NLMSG_GOODSIZE in include/linux/netlink.h).
constexpr size_t kFew = 16;
constexpr uint32_t kAllStates = 0xffffffff;
constexpr uint32_t kListening = 1U << TCP_LISTEN;
constexpr char kObject[] = "NETLINK_SOCK_DIAG";

struct Request {
  nlmsghdr header;
  inet_diag_req_v2 body;
};

Request MakeRequest(int family, uint16_t flags, uint32_t sequence) {
  Request request = {};
  request.header.nlmsg_len = sizeof request;
  request.header.nlmsg_type = SOCK_DIAG_BY_FAMILY;
  request.header.nlmsg_flags = static_cast<uint16_t>(NLM_F_REQUEST | flags);
  request.header.nlmsg_seq = sequence;
  request.body.sdiag_family = static_cast<uint8_t>(family);
  request.body.sdiag_protocol = IPPROTO_TCP;
  request.body.id.idiag_cookie[0] = INET_DIAG_NOCOOKIE;
  request.body.id.idiag_cookie[1] = INET_DIAG_NOCOOKIE;
  return request;
}

SocketAddress Local(const inet_diag_msg& m) {
  return SocketAddress::FromBytes(m.idiag_family, m.id.idiag_src, ntohs(m.id.idiag_sport));
}

DiagExtras ReadExtras(const nlmsghdr* header) {
  const std::string_view v6only = DiagAttribute(header, INET_DIAG_SKV6ONLY);
  const std::string_view memory = DiagAttribute(header, INET_DIAG_SKMEMINFO);
  const std::string_view info = DiagAttribute(header, INET_DIAG_INFO);
  DiagExtras extras{.v6only = !v6only.empty() && v6only[0] != 0,
                    .unanswered = IsUnanswered(info),
                    .has_info = !info.empty()};
  constexpr size_t kDrops = SK_MEMINFO_DROPS * sizeof(uint32_t);
  if (memory.size() >= kDrops + sizeof extras.drops) {
    std::memcpy(&extras.drops, memory.data() + kDrops, sizeof extras.drops);
  }
  return extras;
}

ListenerInfo ToListener(const inet_diag_msg& m, const DiagExtras& extras) {
  return {.local = Local(m),
          .inode = m.idiag_inode,
          .cookie = CookieOf(m),
          .uid = m.idiag_uid,
          .accept_queue = m.idiag_rqueue,
          .accept_limit = m.idiag_wqueue,
          .drops = extras.drops,
          .v6only = extras.v6only,
          .device = m.id.idiag_if};
}

ConnectionInfo ToConnection(const inet_diag_msg& m) {
  return {.local = Local(m),
          .peer = SocketAddress::FromBytes(m.idiag_family, m.id.idiag_dst, ntohs(m.id.idiag_dport)),
          .state = m.idiag_state,
          .inode = m.idiag_inode,
          .cookie = CookieOf(m),
          .uid = m.idiag_uid,
          .device = m.id.idiag_if,
          .unread = m.idiag_rqueue,
          .unacknowledged = m.idiag_wqueue};
}

absl::StatusOr<UniqueFd> OpenNetlink() {
  UniqueFd fd(socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_SOCK_DIAG));
  if (!fd.valid()) return ErrnoStatus(errno, absl::StrCat("socket ", kObject));
  // The kernel answers within the call; the limit is for an answer that it had to drop.
  const timeval limit = {.tv_sec = 1, .tv_usec = 0};
  setsockopt(fd.get(), SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
  return fd;
}

// kUnavailable for what is worth another try: a dump is still under way on this socket, or an
// answer was dropped.
absl::Status AnswerError(int error) {
  // There is a socket with these ends, but it has another cookie.
  if (error == ESTALE) return absl::NotFoundError(ErrnoStatus(error, kObject).message());
  if (error == EBUSY || error == ENOBUFS || error == EAGAIN) {
    return absl::UnavailableError(ErrnoStatus(error, kObject).message());
  }
  return ErrnoStatus(error, kObject);
}

}  // namespace

struct SockDiag::Answer {
  inet_diag_msg message;
  DiagExtras extras;
};

absl::StatusOr<SockDiag> SockDiag::Create() {
  ASSIGN_OR_RETURN(UniqueFd fd, OpenNetlink());
  return SockDiag(std::move(fd));
}

absl::Status SockDiag::Send(void* message, size_t size) {
  ssize_t n;
  do {
    n = send(fd_.get(), message, size, 0);
  } while (n < 0 && errno == EINTR);
  return n < 0 ? AnswerError(errno) : absl::OkStatus();
}

absl::StatusOr<bool> SockDiag::ReadAnswer(const Visit& visit) {
  iovec piece = {.iov_base = buffer_.data(), .iov_len = buffer_.size()};
  msghdr message = {.msg_iov = &piece, .msg_iovlen = 1};
  ssize_t n;
  do {
    n = recvmsg(fd_.get(), &message, 0);
  } while (n < 0 && errno == EINTR);
  if (n < 0) return AnswerError(errno);
  if ((message.msg_flags & MSG_TRUNC) != 0) {
    return absl::InternalError(absl::StrCat(kObject, ": an answer longer than ", buffer_.size()));
  }
  auto left = static_cast<unsigned>(n);
  for (auto* h = reinterpret_cast<nlmsghdr*>(buffer_.data()); NLMSG_OK(h, left);
       h = NLMSG_NEXT(h, left)) {
    if (h->nlmsg_seq != sequence_) continue;  // left over from a request that failed
    if ((h->nlmsg_flags & NLM_F_DUMP_INTR) != 0) {
      return absl::UnavailableError(absl::StrCat(kObject, ": changed during the dump"));
    }
    if (h->nlmsg_type == NLMSG_DONE) return true;
    if (h->nlmsg_type == NLMSG_ERROR) {
      const int error = -static_cast<const nlmsgerr*>(NLMSG_DATA(h))->error;
      if (error == 0) return true;
      return AnswerError(error);
    }
    if (h->nlmsg_type == SOCK_DIAG_BY_FAMILY &&
        h->nlmsg_len >= NLMSG_LENGTH(sizeof(inet_diag_msg))) {
      visit({*static_cast<const inet_diag_msg*>(NLMSG_DATA(h)), ReadExtras(h)});
      if ((h->nlmsg_flags & NLM_F_MULTI) == 0) return true;
    }
  }
  return false;
}

absl::Status SockDiag::SendDump(int family, uint16_t port, uint32_t states) {
  Request request = MakeRequest(family, NLM_F_DUMP, ++sequence_);
  request.body.idiag_states = states;
  if (states == kListening) request.body.idiag_ext = 1U << (INET_DIAG_SKMEMINFO - 1);
  request.body.id.idiag_sport = htons(port);
  return Send(&request, sizeof request);
}

absl::Status SockDiag::DumpOnce(int family, uint16_t port, uint32_t states, const Visit& visit) {
  RETURN_IF_ERROR(SendDump(family, port, states));
  while (true) {
    ASSIGN_OR_RETURN(const bool complete, ReadAnswer(visit));
    if (complete) return absl::OkStatus();
  }
}

absl::Status SockDiag::Dump(int family, uint16_t port, uint32_t states,
                            const std::function<void()>& begin, const Visit& visit) {
  absl::Status status;
  for (int i = 0; i < kAttempts; ++i) {
    begin();
    status = DumpOnce(family, port, states, visit);
    if (status.ok()) break;
    // With a new socket, because a dump that is not read to its end prevents the next one.
    ASSIGN_OR_RETURN(fd_, OpenNetlink());
    if (!absl::IsUnavailable(status)) return status;
  }
  return status;
}

absl::StatusOr<std::vector<ListenerInfo>> SockDiag::DumpListeners(int family, uint16_t port) {
  std::vector<uint64_t>& before = last_listeners_[{family, port}];
  for (int i = 0; i < kAgreements; ++i) {
    std::vector<ListenerInfo> all;
    all.reserve(before.size() + 1);
    RETURN_IF_ERROR(Dump(
        family, port, kListening, [&] { all.clear(); },
        [&](const Answer& a) { all.push_back(ToListener(a.message, a.extras)); }));
    std::ranges::sort(all, {}, &ListenerInfo::cookie);
    all.erase(std::unique(all.begin(), all.end(),
                          [](const auto& a, const auto& b) { return a.cookie == b.cookie; }),
              all.end());
    std::vector<uint64_t> cookies(all.size());
    std::ranges::transform(all, cookies.begin(), &ListenerInfo::cookie);
    // Mostly this dump has all of the last call's. If not, it may miss one that is there, because
    // another one has left meanwhile. Then that other one is missing in the next dump.
    const bool confirms =
        i == 0 ? !before.empty() && std::ranges::includes(cookies, before) : cookies == before;
    const bool whole = all.size() <= kFew || confirms;
    before = std::move(cookies);
    if (whole) return all;
  }
  return absl::UnavailableError(
      absl::StrCat(kObject, ": no two of ", kAgreements, " dumps of listeners agree"));
}

absl::StatusOr<std::vector<ConnectionInfo>> SockDiag::DumpHandshakes(int family, uint16_t port) {
  std::map<uint64_t, ConnectionInfo> found;
  // What an attempt has found that failed is no worse than what a dump finds.
  const auto dump = [&] {
    return Dump(
        family, port, 1U << TCP_SYN_RECV, [] {},
        [&](const Answer& a) {
          found.insert_or_assign(CookieOf(a.message), ToConnection(a.message));
        });
  };
  RETURN_IF_ERROR(dump());
  if (found.size() > kFew) RETURN_IF_ERROR(dump());
  std::vector<ConnectionInfo> all;
  all.reserve(found.size());
  for (const auto& [cookie, handshake] : found) all.push_back(handshake);
  return all;
}

absl::StatusOr<std::vector<ConnectionInfo>> SockDiag::DumpConnections(int family, uint16_t port,
                                                                      uint32_t states) {
  std::vector<ConnectionInfo> all;
  RETURN_IF_ERROR(Dump(
      family, port, states, [&] { all.clear(); },
      [&](const Answer& a) { all.push_back(ToConnection(a.message)); }));
  return all;
}

absl::Status SockDiag::BeginCount(int family, uint16_t port) {
  return SendDump(family, port, kAllStates);
}

absl::StatusOr<bool> SockDiag::ContinueCount(SocketCounts& counts) {
  return ReadAnswer([&](const Answer& a) { ++counts[a.message.idiag_state & 15]; });
}

absl::StatusOr<std::optional<ConnectionInfo>> SockDiag::Get(const ConnectionInfo& wanted) {
  std::optional<ConnectionInfo> found;
  Request request = MakeRequest(wanted.local.family(), 0, ++sequence_);
  inet_diag_sockid& id = request.body.id;
  request.body.idiag_states = kAllStates;
  request.body.idiag_ext = 1 << (INET_DIAG_INFO - 1);
  id.idiag_sport = htons(wanted.local.port());
  id.idiag_dport = htons(wanted.peer.port());
  id.idiag_if = wanted.device;
  std::memcpy(id.idiag_src, wanted.local.host_bytes().data(), wanted.local.host_bytes().size());
  std::memcpy(id.idiag_dst, wanted.peer.host_bytes().data(), wanted.peer.host_bytes().size());
  if (wanted.cookie != 0) {
    id.idiag_cookie[0] = static_cast<uint32_t>(wanted.cookie);
    id.idiag_cookie[1] = static_cast<uint32_t>(wanted.cookie >> 32);
  }
  RETURN_IF_ERROR(Send(&request, sizeof request));
  absl::StatusOr<bool> complete = false;
  while (complete.ok() && !*complete) {
    complete = ReadAnswer([&](const Answer& a) {
      found = ToConnection(a.message);
      found->unanswered = a.extras.unanswered;
      const bool closing = found->state == TCP_TIME_WAIT || found->state == TCP_FIN_WAIT2;
      found->gone = closing && !a.extras.has_info;
    });
  }
  if (absl::IsNotFound(complete.status())) return std::nullopt;
  RETURN_IF_ERROR(complete.status());
  // Without such a connection the kernel returns the listener that a SYN from there would reach.
  if (found && (found->state == TCP_LISTEN || found->peer.port() != wanted.peer.port())) {
    return std::nullopt;
  }
  return found;
}

absl::StatusOr<std::optional<ConnectionInfo>> SockDiag::Lookup(const SocketAddress& local,
                                                               const SocketAddress& peer) {
  return Get({.local = local, .peer = peer, .device = peer.scope()});
}

absl::StatusOr<std::optional<ConnectionInfo>> SockDiag::Refind(const ConnectionInfo& known) {
  return Get(known);
}

}  // namespace rollport::os
