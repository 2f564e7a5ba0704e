// Waiting for packets that are under way through the kernel.
#ifndef ROLLPORT_OS_PACKETS_H_
#define ROLLPORT_OS_PACKETS_H_

namespace rollport::os {

// Returns true when every packet that was being received at the time of the call is done with: then
// a SYN that the group's former program steered has its half-open handshake in the kernel's table,
// and SockDiag::DumpHandshakes finds it.
//
// It is had in one of two ways, the cheap one first:
//
// VisitEveryCpu(). A packet is received with softirqs disabled: netif_receive_skb "may only be
// called from softirq context" (net/core/dev.c), and between the look-up of the program and the
// handshake's entry into the table nothing is put off. A CPU in such a section switches to no
// task: local_bh_disable counts in preempt_count (kernel/softirq.c). So where this thread runs on a
// CPU, every section that had begun there has ended; one that begins later sees the new program,
// because a switch of tasks is a full memory barrier. 20 us for two idle CPUs.
//
// MEMBARRIER_CMD_GLOBAL, which is synchronize_rcu (kernel/sched/membarrier.c; membarrier(2)
// promises less): it waits for every RCU read-side section, and tcp_v4_rcv runs inside one
// (ip_local_deliver_finish in net/ipv4/ip_input.c; IPv6 alike). It takes two ticks of the kernel's
// clock or more: 8 ms in the median and 20 ms at most where measured.
//
// Returns false where neither can be had: not all CPUs may be visited, and the call is refused
// (nohz_full, a sandbox). The caller waits 5 ms instead. Blocks.
bool WaitForPackets();

// Runs on every CPU that is online, one after the other. False where that may not be, or where it
// would prove nothing: softirqs can be preempted (PREEMPT_RT), this thread is bound to some of the
// CPUs, /proc/interrupts does not tell which there are, some are isolated from the likes of us, or
// they are too many for this to be cheap.
bool VisitEveryCpu();

}  // namespace rollport::os

#endif  // ROLLPORT_OS_PACKETS_H_
