// Tests what this kernel offers, and what this user may do.
#ifndef ROLLPORT_DOCTOR_DOCTOR_H_
#define ROLLPORT_DOCTOR_DOCTOR_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace rollport::doctor {

enum class Finding {
  kGood,
  kNote,  // rollport keeps its promises, with a limitation or a condition
  kBad,   // something that rollport needs does not work
};

struct CheckUp {
  std::string name;  // one word: "steering"
  Finding finding = Finding::kGood;
  std::string means;   // what was found, and what it means for rollport
  std::string advice;  // what to do; empty if nothing
};

// Tries everything out, on loopback ports of its own and with child processes that end with it.
// `ports` are the ports of a fleet; empty if no fleet is known.
std::vector<CheckUp> Examine(const std::vector<uint16_t>& ports);

// Judges the kernel by its version. `release` and `version` are those of uname(2), `signature` is
// Ubuntu's /proc/version_signature or empty: distributions put the upstream version in different
// places. `migrates`: net.ipv4.tcp_migrate_req is 1.
CheckUp ExamineKernel(std::string_view release, std::string_view version,
                      std::string_view signature, bool migrates);

// True if none of them is kBad.
bool AllGood(const std::vector<CheckUp>& checks);

}  // namespace rollport::doctor

#endif  // ROLLPORT_DOCTOR_DOCTOR_H_
