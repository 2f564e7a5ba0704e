#include "fleet_file/executable_format.h"

#include <elf.h>
#include <sys/stat.h>

#include <cstring>
#include <filesystem>
#include <fstream>
#include <functional>
#include <sstream>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/support/temp_dir.h"

namespace rollport::fleet_file {
namespace {

using testing::HasSubstr;

class ExecutableFormatTest : public testing::Test {
 protected:
  std::string Judge(const std::string& bytes) {
    std::ofstream(file_, std::ios::binary) << bytes;
    chmod(file_.c_str(), 0755);
    const absl::Status status = CheckExecutableFormat(file_);
    if (status.ok()) return "good";
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
    EXPECT_EQ(status.message().substr(0, file_.size() + 2), file_ + ": ");
    return std::string(status.message().substr(file_.size() + 2));
  }
  // This very program, whose header is changed by `change`.
  static std::string Ourselves(const std::function<void(Elf64_Ehdr&)>& change) {
    std::ostringstream bytes;
    bytes << std::ifstream("/proc/self/exe", std::ios::binary).rdbuf();
    std::string program = bytes.str();
    Elf64_Ehdr header;
    std::memcpy(&header, program.data(), sizeof header);
    change(header);
    std::memcpy(program.data(), &header, sizeof header);
    return program;
  }

  TempDir dir_;
  const std::string file_ = dir_ / "server";
};

TEST_F(ExecutableFormatTest, ProgramsAndScriptsOfThisMachineAreGood) {
  EXPECT_EQ(Judge(Ourselves([](Elf64_Ehdr&) {})), "good");
  EXPECT_EQ(Judge("#!/bin/sh\n"), "good");
  EXPECT_EQ(Judge("#! \t/usr/bin/env -S sh\necho"), "good");
  EXPECT_EQ(Judge("#!/bin/sh"), "good") << "without a line end";
}

TEST_F(ExecutableFormatTest, WhatCannotBeExecutedIsNamed) {
  EXPECT_EQ(Judge(""), "is empty");
  EXPECT_EQ(Judge("hello\n"), "is no program: it begins neither as ELF nor with \"#!\"");
  EXPECT_EQ(Judge("\x7f"
                  "ELF"),
            "is cut short: its header of ELF is not whole");
  EXPECT_EQ(Judge(Ourselves([](Elf64_Ehdr&) {}).substr(0, 60)),
            "is cut short: its header of ELF is not whole");
  EXPECT_EQ(Judge("#!\n"), "names no interpreter after \"#!\"");
  EXPECT_EQ(Judge("#!/no/such/python -u\n"),
            "its interpreter /no/such/python cannot be executed: No such file or directory");
  EXPECT_EQ(Judge("#!/bin/sh\r\n"), "its first line, which names the interpreter, ends with CR LF");
}

TEST_F(ExecutableFormatTest, AProgramOfAnotherMachineOrKindIsNamed) {
  EXPECT_THAT(Judge(Ourselves([](Elf64_Ehdr& h) { h.e_machine = EM_SPARCV9; })),
              HasSubstr("is a program for machine 43 of ELF, and this machine is "));
  EXPECT_EQ(Judge(Ourselves([](Elf64_Ehdr& h) { h.e_type = ET_REL; })),
            "is a file of ELF, but no program");
  // Big-endian, as far as this machine is little-endian.
  EXPECT_THAT(Judge(Ourselves([](Elf64_Ehdr& h) {
                h.e_ident[EI_DATA] = h.e_ident[EI_DATA] == ELFDATA2LSB ? ELFDATA2MSB : ELFDATA2LSB;
              })),
              HasSubstr("is a program for "));
}

TEST_F(ExecutableFormatTest, AProgramWhoseLoaderIsMissingIsNamed) {
  std::string program = Ourselves([](Elf64_Ehdr&) {});
  const size_t at = program.find("/ld-linux");
  if (at == std::string::npos) GTEST_SKIP() << "linked statically";
  program[at + 1] = 'X';
  EXPECT_THAT(Judge(program), testing::AllOf(HasSubstr("its loader "),
                                             HasSubstr("cannot be executed: No such file")));
}

TEST_F(ExecutableFormatTest, WhatCannotBeReadIsNotJudged) {
  EXPECT_TRUE(CheckExecutableFormat(dir_ / "missing").ok());
}

}  // namespace
}  // namespace rollport::fleet_file
