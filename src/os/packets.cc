#include "os/packets.h"

#include <fcntl.h>
#include <linux/membarrier.h>
#include <sched.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <cstring>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "os/unique_fd.h"

namespace rollport::os {
namespace {

// With more CPUs synchronize_rcu is used: each visit takes about 10 us.
constexpr size_t kMostVisits = 64;

// The beginning of a file of the kernel's; empty if it cannot be read. Not the whole file, because
// the kernel takes long to print all of /proc/interrupts.
std::string Head(const char* path) {
  const UniqueFd fd(open(path, O_RDONLY | O_CLOEXEC));
  char buffer[4096];
  const ssize_t n = fd.valid() ? read(fd.get(), buffer, sizeof buffer) : 0;
  return std::string(buffer, n > 0 ? static_cast<size_t>(n) : 0);
}

// From /proc/interrupts, whose first line has a column for each CPU, and not from /sys, where
// container managers put a list of their own (lxcfs does).
std::optional<std::vector<int>> OnlineCpus() {
  const std::string head = Head("/proc/interrupts");
  const size_t end = head.find('\n');
  if (end == std::string::npos) return std::nullopt;
  std::vector<int> cpus;
  for (absl::string_view word : absl::StrSplit(head.substr(0, end), ' ', absl::SkipWhitespace())) {
    int cpu;
    if (!absl::ConsumePrefix(&word, "CPU") || !absl::SimpleAtoi(word, &cpu)) return std::nullopt;
    if (cpu < 0 || cpu >= CPU_SETSIZE) return std::nullopt;
    cpus.push_back(cpu);
  }
  return cpus;
}

bool SoftirqsCanBePreempted() {
  utsname name;
  // "PREEMPT RT" is what the patches wrote before it became part of Linux.
  return uname(&name) != 0 || std::strstr(name.version, "PREEMPT_RT") != nullptr ||
         std::strstr(name.version, "PREEMPT RT") != nullptr;
}

bool MayUseAll(const std::vector<int>& cpus) {
  cpu_set_t allowed;
  if (sched_getaffinity(0, sizeof allowed, &allowed) != 0) return false;
  for (const int cpu : cpus) {
    if (!CPU_ISSET(cpu, &allowed)) return false;
  }
  // On an isolated CPU this thread might wait for a busy real-time task.
  const std::string isolated = Head("/sys/devices/system/cpu/isolated");
  return isolated.empty() || isolated == "\n";
}

bool Visit(int cpu) {
  cpu_set_t one;
  CPU_ZERO(&one);
  CPU_SET(cpu, &one);
  // Returns when this thread has moved there.
  return sched_setaffinity(0, sizeof one, &one) == 0 && sched_getcpu() == cpu;
}

// Allows CPUs that come online later too. The kernel leaves out those that a cpuset forbids.
void AllowAllCpus() {
  cpu_set_t all;
  std::memset(&all, 0xff, sizeof all);
  sched_setaffinity(0, sizeof all, &all);
}

}  // namespace

bool VisitEveryCpu() {
  const std::optional<std::vector<int>> cpus = OnlineCpus();
  if (!cpus.has_value() || cpus->empty() || cpus->size() > kMostVisits) return false;
  if (SoftirqsCanBePreempted() || !MayUseAll(*cpus)) return false;
  bool all = true;
  for (const int cpu : *cpus) all = all && Visit(cpu);
  AllowAllCpus();
  return all;
}

bool WaitForPackets() {
  if (VisitEveryCpu()) return true;
  // With one CPU the kernel skips synchronize_rcu.
  if (sysconf(_SC_NPROCESSORS_ONLN) < 2) return false;
  return syscall(SYS_membarrier, MEMBARRIER_CMD_GLOBAL, 0, 0) == 0;
}

}  // namespace rollport::os
