// What `rollport doctor` prints.
#ifndef ROLLPORT_CLI_DOCTOR_TEXT_H_
#define ROLLPORT_CLI_DOCTOR_TEXT_H_

#include <string>
#include <vector>

#include "doctor/doctor.h"

namespace rollport::cli {

// One line or more for each check, at most 80 columns wide, and a last one that sums up.
std::string DoctorText(const std::vector<doctor::CheckUp>& checks);
// {"good":…,"checks":[{"name":…,"finding":"good|note|bad","means":…,"advice":…}]}
std::string DoctorJson(const std::vector<doctor::CheckUp>& checks);

}  // namespace rollport::cli

#endif  // ROLLPORT_CLI_DOCTOR_TEXT_H_
