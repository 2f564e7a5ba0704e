// The command line of rollport-load.
#ifndef ROLLPORT_LOAD_COMMAND_H_
#define ROLLPORT_LOAD_COMMAND_H_

namespace rollport::load {

// Parses, runs, prints, and returns the exit status: that of the Verdict (load/report.h), or 2
// if the command line is wrong. SIGINT or SIGTERM ends the run and lets requests under way finish;
// a second signal does not wait for them.
int Main(int argc, const char* const* argv);

}  // namespace rollport::load

#endif  // ROLLPORT_LOAD_COMMAND_H_
