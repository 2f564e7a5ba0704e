// Waiting for packets that are under way through the kernel.
#ifndef ROLLPORT_OS_MEMBARRIER_H_
#define ROLLPORT_OS_MEMBARRIER_H_

namespace rollport::os {

// Returns true when every packet that was being received at the time of the call is done with: then
// a SYN that the group's former program steered has its half-open handshake in the kernel's table,
// and SockDiag::DumpHandshakes finds it.
//
// Why: a packet is received inside one RCU read-side section (ip_local_deliver_finish in
// net/ipv4/ip_input.c holds rcu_read_lock over tcp_v4_rcv; IPv6 alike), in which the program is
// looked up and the handshake is put into the table. MEMBARRIER_CMD_GLOBAL is synchronize_rcu
// (kernel/sched/membarrier.c; membarrier(2) promises less), which waits until every such section
// that had begun has ended.
//
// Returns false where that cannot be had: one CPU only (the kernel then leaves synchronize_rcu
// out), nohz_full, or a sandbox that refuses the call. The caller waits 5 ms instead. Blocks for
// two ticks of the kernel's clock or more: 8 ms in the median and 20 ms at most where measured.
bool WaitForRcu();

}  // namespace rollport::os

#endif  // ROLLPORT_OS_MEMBARRIER_H_
