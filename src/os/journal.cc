#include "os/journal.h"

#include <sys/stat.h>

#include <cstdlib>
#include <string>

#include "absl/strings/str_cat.h"

namespace rollport::os {

bool LeadsToJournal(int fd) {
  const char* stream = std::getenv("JOURNAL_STREAM");
  struct stat file;
  if (stream == nullptr || fstat(fd, &file) != 0) return false;
  return absl::StrCat(file.st_dev, ":", file.st_ino) == stream;
}

}  // namespace rollport::os
