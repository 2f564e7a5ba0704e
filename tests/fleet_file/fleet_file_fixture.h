// A fleet file in a folder of its own, beside a program that it may name.
#ifndef ROLLPORT_TESTS_FLEET_FILE_FLEET_FILE_FIXTURE_H_
#define ROLLPORT_TESTS_FLEET_FILE_FLEET_FILE_FIXTURE_H_

#include <sys/stat.h>

#include <cstdlib>
#include <fstream>
#include <string>

#include "fleet_file/fleet_file.h"
#include "gtest/gtest.h"
#include "tests/support/temp_dir.h"

namespace rollport::fleet_file {

// A good start, so that a test shows only its own mistake. Three lines.
inline constexpr char kGood[] =
    "listen = [\"127.0.0.1:8080\"]\n"
    "[worker]\n"
    "command = [\"bin/server\"]\n";

class FleetFileTest : public testing::Test {
 protected:
  void SetUp() override {
    setenv("XDG_RUNTIME_DIR", "/run/user/7", 1);
    unsetenv("RUNTIME_DIRECTORY");
    mkdir((dir_.path() + "/bin").c_str(), 0700);
    Write("bin/server", "#!/bin/sh\n");
    chmod((dir_.path() + "/bin/server").c_str(), 0700);
  }

  void Write(const std::string& name, const std::string& text) {
    std::ofstream(dir_.path() + "/" + name) << text;
  }
  absl::StatusOr<FleetSettings> Load(const std::string& text) {
    Write("fleet.toml", text);
    return LoadFleetFile(file());
  }
  // The message without the file's name: "3: what is wrong".
  std::string Mistake(const std::string& text) {
    const absl::StatusOr<FleetSettings> settings = Load(text);
    if (settings.ok()) return "no mistake";
    EXPECT_EQ(settings.status().code(), absl::StatusCode::kInvalidArgument);
    const std::string message(settings.status().message());
    EXPECT_EQ(message.find('\n'), std::string::npos) << message;
    EXPECT_EQ(message.rfind(file() + ":", 0), 0U) << message;
    return message.substr(file().size() + 1);
  }
  std::string file() const { return dir_.path() + "/fleet.toml"; }

  TempDir dir_;
};

}  // namespace rollport::fleet_file

#endif  // ROLLPORT_TESTS_FLEET_FILE_FLEET_FILE_FIXTURE_H_
