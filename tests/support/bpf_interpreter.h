// Runs a classic BPF program as the kernel would for a SYN, so that a test can ask what it does
// with every random number and every packet.
#ifndef ROLLPORT_TESTS_SUPPORT_BPF_INTERPRETER_H_
#define ROLLPORT_TESTS_SUPPORT_BPF_INTERPRETER_H_

#include <linux/filter.h>

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace rollport {

struct BpfResult {
  uint32_t value;
  size_t steps;       // instructions run
  bool asked_random;  // the random number was loaded
  uint32_t modulus;   // of the remainder that was taken; 0 if none was
};

// nullopt if the program does what the kernel would refuse: runs past its end, divides by 0, uses
// an instruction unknown here, or loads from outside the packet. `network` begins with the IP
// header.
std::optional<BpfResult> RunBpf(std::span<const sock_filter> program,
                                std::span<const uint8_t> network, uint32_t random);

// For how many of the random numbers from 0 to 2^32-1 the program returns each value, exactly: by
// the thresholds that it compares them with, and the remainder that it takes. REQUIRES: the program
// compares the random number only by jge, and takes at most one remainder, of the number itself.
struct BpfShare {
  uint32_t value;
  uint64_t count;
};
std::vector<BpfShare> CountShares(std::span<const sock_filter> program,
                                  std::span<const uint8_t> network);

}  // namespace rollport

#endif  // ROLLPORT_TESTS_SUPPORT_BPF_INTERPRETER_H_
