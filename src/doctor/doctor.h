// Tests what this kernel and this user may do.
#ifndef ROLLPORT_DOCTOR_DOCTOR_H_
#define ROLLPORT_DOCTOR_DOCTOR_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace rollport::doctor {

enum class Finding {
  kGood,
  kNote,  // rollport keeps its promises, and there is something to know
  kBad,   // something that rollport needs does not work
};

struct CheckUp {
  std::string name;  // one word: "steering"
  Finding finding = Finding::kGood;
  std::string means;   // what was found, and what it means for rollport
  std::string advice;  // what to do; empty where nothing is to be done
};

// Tries everything out, on loopback ports of its own and with a child that ends with it. `ports`
// are those that a fleet wants; empty where no fleet is known.
std::vector<CheckUp> Examine(const std::vector<uint16_t>& ports);

// The kernel by its version. `release` and `version` are those of uname(2), `signature` Ubuntu's
// /proc/version_signature or empty: distributions write the version that they are at in different
// places. `migrates`: net.ipv4.tcp_migrate_req is 1.
CheckUp ExamineKernel(std::string_view release, std::string_view version,
                      std::string_view signature, bool migrates);

// Whether none of them is bad.
bool AllGood(const std::vector<CheckUp>& checks);

}  // namespace rollport::doctor

#endif  // ROLLPORT_DOCTOR_DOCTOR_H_
