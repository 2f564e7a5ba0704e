#include "worker/context.h"

#include <ctime>

namespace rollport::worker {

std::string_view Context::Date() {
  timespec now;
  clock_gettime(CLOCK_REALTIME_COARSE, &now);
  return date.At(now.tv_sec);
}

}  // namespace rollport::worker
