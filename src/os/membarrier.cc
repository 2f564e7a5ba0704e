#include "os/membarrier.h"

#include <linux/membarrier.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace rollport::os {

bool WaitForRcu() {
  if (sysconf(_SC_NPROCESSORS_ONLN) < 2) return false;
  return syscall(SYS_membarrier, MEMBARRIER_CMD_GLOBAL, 0, 0) == 0;
}

}  // namespace rollport::os
