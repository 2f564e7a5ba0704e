#include "fleet_file/executable_format.h"

#include <elf.h>
#include <endian.h>
#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <cstring>
#include <filesystem>
#include <map>
#include <optional>
#include <string_view>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "os/file.h"
#include "os/unique_fd.h"

namespace rollport::fleet_file {
namespace {

// The kernel looks at no more of a file to find its format: BINPRM_BUF_SIZE of linux/binfmts.h.
constexpr size_t kLooked = 256;

// Up to `size` bytes from `offset` on; fewer at the end of the file, none if it cannot be read.
std::string BytesAt(int fd, uint64_t offset, size_t size) {
  std::string bytes(size, '\0');
  const ssize_t n = pread(fd, bytes.data(), size, static_cast<off_t>(offset));
  bytes.resize(n > 0 ? static_cast<size_t>(n) : 0);
  return bytes;
}

bool Executable(const std::string& path) { return access(path.c_str(), X_OK) == 0; }

absl::Status Wrong(const std::string& path, const std::string& what) {
  return absl::InvalidArgumentError(absl::StrCat(path, ": ", what));
}

// --- binfmt_misc -------------------------------------------------------------------------------

// True if this handler, a file of /proc/sys/fs/binfmt_misc, is for a file that begins so.
bool Handles(const std::string& handler, const std::string& path, const std::string& head) {
  std::map<std::string, std::string> lines;
  for (const absl::string_view line : absl::StrSplit(handler, '\n', absl::SkipEmpty())) {
    const std::vector<std::string> words = absl::StrSplit(line, absl::MaxSplits(' ', 1));
    lines[words[0]] = words.size() > 1 ? words[1] : "";
  }
  if (!lines.contains("enabled")) return false;
  if (lines.contains("extension")) return absl::EndsWith(path, lines["extension"]);
  size_t offset = 0;
  if (lines.contains("offset") && !absl::SimpleAtoi(lines["offset"], &offset)) return false;
  const std::string magic = absl::HexStringToBytes(lines["magic"]);
  std::string mask = absl::HexStringToBytes(lines["mask"]);
  mask.resize(magic.size(), lines["mask"].empty() ? '\xff' : '\0');
  if (magic.empty() || head.size() < offset + magic.size()) return false;
  for (size_t i = 0; i < magic.size(); ++i) {
    if (((head[offset + i] ^ magic[i]) & mask[i]) != 0) return false;
  }
  return true;
}

bool AnyHandler(const std::string& path, const std::string& head) {
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator("/proc/sys/fs/binfmt_misc", error)) {
    const std::string name = entry.path().filename();
    if (name == "register" || name == "status") continue;
    const auto handler = os::ReadFile(entry.path());
    if (handler.ok() && Handles(*handler, path, head)) return true;
  }
  return false;
}

// --- Scripts -----------------------------------------------------------------------------------

absl::Status CheckScript(const std::string& path, const std::string& head) {
  // load_script() of fs/binfmt_script.c: blanks are skipped, and a CR is part of the name.
  const size_t begin = std::min(head.find_first_not_of(" \t", 2), head.size());
  const std::string interpreter =
      head.substr(begin, head.find_first_of(std::string_view(" \t\n\0", 4), begin) - begin);
  if (interpreter.empty()) return Wrong(path, "names no interpreter after \"#!\"");
  // What a relative name means depends on the worker's folder.
  if (interpreter[0] != '/' || Executable(interpreter)) return absl::OkStatus();
  if (absl::EndsWith(interpreter, "\r")) {
    return Wrong(path, "its first line, which names the interpreter, ends with CR LF");
  }
  return Wrong(path, absl::StrCat("its interpreter ", interpreter,
                                  " cannot be executed: ", strerror(errno)));
}

// --- ELF ---------------------------------------------------------------------------------------

const char* MachineName(uint16_t machine) {
  switch (machine) {
    case EM_386:
      return "x86 (32 bits)";
    case EM_X86_64:
      return "x86-64";
    case EM_ARM:
      return "arm (32 bits)";
    case EM_AARCH64:
      return "aarch64";
    case EM_RISCV:
      return "riscv";
    case EM_PPC64:
      return "ppc64";
    case EM_S390:
      return "s390";
    default:
      return nullptr;
  }
}

std::string Machine(uint16_t machine) {
  const char* name = MachineName(machine);
  return name != nullptr ? name : absl::StrCat("machine ", machine, " of ELF");
}

// What is needed of an ELF header, in this machine's byte order.
struct Elf {
  bool wide = false;  // ELFCLASS64
  bool swapped = false;
  uint16_t type = 0;
  uint16_t machine = 0;
  uint64_t headers = 0;  // where the program headers are, and how
  uint16_t header_size = 0;
  uint16_t header_count = 0;
};

template <typename Header>
void ReadHeader(const std::string& head, Elf* elf) {
  Header header;
  std::memcpy(&header, head.data(), sizeof header);
  const auto order = [elf](auto value) -> decltype(value) {
    if (!elf->swapped) return value;
    if constexpr (sizeof value == 2) return static_cast<decltype(value)>(__builtin_bswap16(value));
    if constexpr (sizeof value == 4) return static_cast<decltype(value)>(__builtin_bswap32(value));
    return static_cast<decltype(value)>(__builtin_bswap64(value));
  };
  elf->type = order(header.e_type);
  elf->machine = order(header.e_machine);
  elf->headers = order(header.e_phoff);
  elf->header_size = order(header.e_phentsize);
  elf->header_count = order(header.e_phnum);
}

// nullopt if the header is not whole.
std::optional<Elf> ReadElf(const std::string& head) {
  if (head.size() < sizeof(Elf32_Ehdr)) return std::nullopt;
  Elf elf;
  elf.wide = head[EI_CLASS] == ELFCLASS64;
  elf.swapped = head[EI_DATA] != (BYTE_ORDER == LITTLE_ENDIAN ? ELFDATA2LSB : ELFDATA2MSB);
  if (!elf.wide) {
    ReadHeader<Elf32_Ehdr>(head, &elf);
  } else if (head.size() >= sizeof(Elf64_Ehdr)) {
    ReadHeader<Elf64_Ehdr>(head, &elf);
  } else {
    return std::nullopt;
  }
  return elf;
}

// Where the loader's path is in the file, and its length; nullopt if there is none.
template <typename Header>
std::optional<std::pair<uint64_t, uint64_t>> FindLoader(int fd, const Elf& elf) {
  if (elf.header_size != sizeof(Header)) return std::nullopt;
  for (uint64_t i = 0; i < elf.header_count; ++i) {
    const std::string bytes = BytesAt(fd, elf.headers + i * sizeof(Header), sizeof(Header));
    Header header;
    if (bytes.size() < sizeof header) return std::nullopt;
    std::memcpy(&header, bytes.data(), sizeof header);
    if (header.p_type == PT_INTERP) return std::pair(header.p_offset, header.p_filesz);
  }
  return std::nullopt;
}

absl::Status CheckLoader(const std::string& path, int fd, const Elf& elf) {
  const auto place = elf.wide ? FindLoader<Elf64_Phdr>(fd, elf) : FindLoader<Elf32_Phdr>(fd, elf);
  if (!place.has_value()) return absl::OkStatus();  // it is linked statically
  const std::string bytes =
      BytesAt(fd, place->first, static_cast<size_t>(std::min<uint64_t>(place->second, 4096)));
  const std::string loader = bytes.substr(0, bytes.find('\0'));
  if (loader.empty() || Executable(loader)) return absl::OkStatus();
  return Wrong(path, absl::StrCat("its loader ", loader, " cannot be executed: ", strerror(errno)));
}

// The machine that a machine of 32 bits became: one kernel may execute programs for both.
uint16_t Family(uint16_t machine) {
  return machine == EM_386 ? EM_X86_64 : machine == EM_ARM ? EM_AARCH64 : machine;
}

bool MayRun(const Elf& ours, const Elf& theirs) {
  return ours.swapped == theirs.swapped && Family(ours.machine) == Family(theirs.machine);
}

absl::Status CheckElf(const std::string& path, int fd, const std::string& head) {
  const std::optional<Elf> elf = ReadElf(head);
  if (!elf.has_value()) return Wrong(path, "is cut short: its header of ELF is not whole");
  const os::UniqueFd self(open("/proc/self/exe", O_RDONLY | O_CLOEXEC));
  const std::optional<Elf> ours =
      self.valid() ? ReadElf(BytesAt(self.get(), 0, kLooked)) : std::nullopt;
  if (ours.has_value() && !MayRun(*ours, *elf)) {
    if (AnyHandler(path, head)) return absl::OkStatus();
    return Wrong(path, absl::StrCat("is a program for ", Machine(elf->machine),
                                    ", and this machine is ", Machine(ours->machine)));
  }
  if (elf->type != ET_EXEC && elf->type != ET_DYN) {
    return Wrong(path, "is a file of ELF, but no program");
  }
  return CheckLoader(path, fd, *elf);
}

}  // namespace

absl::Status CheckExecutableFormat(const std::string& path) {
  const os::UniqueFd fd(open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (!fd.valid()) return absl::OkStatus();
  const std::string head = BytesAt(fd.get(), 0, kLooked);
  if (head.empty()) return Wrong(path, "is empty");
  if (absl::StartsWith(head, ELFMAG)) return CheckElf(path, fd.get(), head);
  if (absl::StartsWith(head, "#!")) return CheckScript(path, head);
  if (AnyHandler(path, head)) return absl::OkStatus();
  return Wrong(path, "is no program: it begins neither as ELF nor with \"#!\"");
}

}  // namespace rollport::fleet_file
