// Waiting for packets that are under way through the kernel.
#ifndef ROLLPORT_OS_PACKETS_H_
#define ROLLPORT_OS_PACKETS_H_

namespace rollport::os {

// Returns true when every packet being received at the time of the call has been processed: then
// the half-open handshake of every SYN that the group's former program steered is in the kernel's
// table, and SockDiag::DumpHandshakes finds it. Blocks.
//
// There are two ways; the cheap one is tried first:
//
// VisitEveryCpu(). A packet is received with softirqs disabled: netif_receive_skb "may only be
// called from softirq context" (net/core/dev.c), and between the look-up of the program and the
// handshake's entry into the table nothing is deferred. A CPU in such a section does not switch to
// another task: local_bh_disable counts in preempt_count (kernel/softirq.c). So when this thread
// runs on a CPU, every section that had begun there has ended; a section that begins later sees the
// new program, because a switch of tasks is a full memory barrier. 20 us for two idle CPUs.
//
// MEMBARRIER_CMD_GLOBAL, which is synchronize_rcu (kernel/sched/membarrier.c; membarrier(2)
// promises less). It waits for every RCU read-side section, and tcp_v4_rcv runs inside one
// (ip_local_deliver_finish in net/ipv4/ip_input.c; IPv6 alike). It takes two ticks of the kernel's
// clock or more: when measured, 8 ms in the median and 20 ms at most.
//
// Returns false if both fail: not all CPUs may be visited, and the call is refused (nohz_full, a
// sandbox). The caller waits 5 ms instead.
bool WaitForPackets();

// Runs on every CPU that is online, one after the other. Returns false if that is not allowed or
// would prove nothing: softirqs can be preempted (PREEMPT_RT), this thread is bound to some of the
// CPUs, /proc/interrupts does not list the CPUs, some of them are isolated, or there are too many
// for this to be cheap.
bool VisitEveryCpu();

}  // namespace rollport::os

#endif  // ROLLPORT_OS_PACKETS_H_
