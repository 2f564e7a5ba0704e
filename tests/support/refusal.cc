#include "tests/support/refusal.h"

#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>

#include <cerrno>
#include <cstddef>

#include "os/errno_status.h"

namespace rollport {
namespace {

#if defined(__aarch64__)
constexpr uint32_t kArchitecture = AUDIT_ARCH_AARCH64;
#else
constexpr uint32_t kArchitecture = AUDIT_ARCH_X86_64;
#endif

sock_filter Load(size_t offset) {
  return BPF_STMT(BPF_LD | BPF_W | BPF_ABS, static_cast<uint32_t>(offset));
}
// Goes on with the next instruction if they are equal; if not, skips `otherwise` instructions.
sock_filter IfEqual(uint32_t value, uint8_t otherwise) {
  return BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, value, 0, otherwise);
}
sock_filter Return(uint32_t verdict) { return BPF_STMT(BPF_RET | BPF_K, verdict); }

void Append(const Refusal& refusal, std::vector<sock_filter>* program) {
  const auto fail = Return(SECCOMP_RET_ERRNO | static_cast<uint32_t>(refusal.error));
  program->push_back(Load(offsetof(seccomp_data, nr)));
  program->push_back(IfEqual(static_cast<uint32_t>(refusal.call), refusal.only ? 3 : 1));
  if (refusal.only) {
    // The lower half: both machines are little-endian, and such arguments are ints.
    program->push_back(Load(offsetof(seccomp_data, args) + 8 * refusal.only->index));
    program->push_back(IfEqual(refusal.only->value, 1));
  }
  program->push_back(fail);
}

}  // namespace

absl::Status Refuse(const std::vector<Refusal>& refusals) {
  std::vector<sock_filter> program = {
      Load(offsetof(seccomp_data, arch)),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, kArchitecture, 1, 0),
      Return(SECCOMP_RET_ALLOW),
  };
  for (const Refusal& refusal : refusals) Append(refusal, &program);
  program.push_back(Return(SECCOMP_RET_ALLOW));
  const sock_fprog filter = {.len = static_cast<unsigned short>(program.size()),
                             .filter = program.data()};
  if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 ||
      prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter) != 0) {
    return os::ErrnoStatus(errno, "prctl PR_SET_SECCOMP");
  }
  return absl::OkStatus();
}

}  // namespace rollport
