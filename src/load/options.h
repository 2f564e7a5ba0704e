// The options of rollport-load, and the plan they amount to.
#ifndef ROLLPORT_LOAD_OPTIONS_H_
#define ROLLPORT_LOAD_OPTIONS_H_

#include <string>

#include "absl/status/statusor.h"
#include "load/plan.h"

namespace rollport::load {

struct Options {
  Plan plan;
  bool json = false;      // the report as JSON on stdout, instead of the table
  bool progress = false;  // a line a second on stderr
  std::string report;     // also write the JSON to this file
  // Set if --help was asked for; then nothing else is.
  std::string help;
};

// InvalidArgument says in one line what is wrong; reads the files of --expect-body-file.
absl::StatusOr<Options> ParseOptions(int argc, const char* const* argv);

}  // namespace rollport::load

#endif  // ROLLPORT_LOAD_OPTIONS_H_
