// The environment variables that the controller sets for a worker (docs/design.md, "What a worker
// is told"). Each is optional for the worker: without them it is an ordinary server.
#ifndef ROLLPORT_PROTOCOL_VARIABLES_H_
#define ROLLPORT_PROTOCOL_VARIABLES_H_

#include <string_view>

#include "os/notify_socket.h"

namespace rollport::protocol {

// Space-separated addresses, as os::SocketAddress::Parse reads them.
inline constexpr char kListen[] = "ROLLPORT_LISTEN";
// Numbers: the slot, from 0; the generation, from 1.
inline constexpr char kSlot[] = "ROLLPORT_SLOT";
inline constexpr char kGeneration[] = "ROLLPORT_GENERATION";
// A duration such as "30s": a worker that has drained for this long is killed.
inline constexpr char kDrainTimeout[] = "ROLLPORT_DRAIN_TIMEOUT";
// Numbers of descriptors: the page of counters (worker_page.h) and the channel (handover.h).
inline constexpr char kPageFd[] = "ROLLPORT_PAGE_FD";
inline constexpr char kHandoverFd[] = "ROLLPORT_HANDOVER_FD";
// sd_notify(3).
inline constexpr const char* kNotifySocket = os::kNotifyVariable;
// sd_listen_fds(3), with `listener = "inherit"`; the first descriptor has this number.
inline constexpr char kListenFds[] = "LISTEN_FDS";
inline constexpr char kListenPid[] = "LISTEN_PID";
inline constexpr char kListenFdNames[] = "LISTEN_FDNAMES";
inline constexpr int kFirstListenFd = 3;
// sd_watchdog_enabled(3): an interval in microseconds, and the process that it is meant for.
inline constexpr char kWatchdogUsec[] = "WATCHDOG_USEC";
inline constexpr char kWatchdogPid[] = "WATCHDOG_PID";

// Whether a variable of this name belongs to the protocol: one of those above, or one that a later
// release may add. Only the controller may set it for a worker.
bool IsOfProtocol(std::string_view name);

}  // namespace rollport::protocol

#endif  // ROLLPORT_PROTOCOL_VARIABLES_H_
