#include "os/bounded_writer.h"

#include <fcntl.h>
#include <pty.h>
#include <signal.h>
#include <sys/socket.h>
#include <termios.h>
#include <unistd.h>

#include <cerrno>
#include <string>

#include "gtest/gtest.h"
#include "os/file.h"
#include "tests/support/temp_dir.h"

namespace rollport::os {
namespace {

constexpr size_t kCapacity = 1 << 20;

struct Ends {
  UniqueFd read;
  UniqueFd write;
};

Ends MakePipe() {
  int ends[2];
  EXPECT_EQ(pipe2(ends, O_CLOEXEC), 0);
  return {UniqueFd(ends[0]), UniqueFd(ends[1])};
}

Ends MakeSockets() {
  int ends[2];
  EXPECT_EQ(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 0);
  return {UniqueFd(ends[0]), UniqueFd(ends[1])};
}

Ends MakeTerminal() {
  int master, slave;
  EXPECT_EQ(openpty(&master, &slave, nullptr, nullptr, nullptr), 0);
  termios raw;
  EXPECT_EQ(tcgetattr(slave, &raw), 0);
  cfmakeraw(&raw);
  EXPECT_EQ(tcsetattr(slave, TCSANOW, &raw), 0);
  return {UniqueFd(master), UniqueFd(slave)};
}

std::string ReadOf(int fd, size_t size) {
  std::string text(size, '\0');
  for (size_t done = 0; done < size;) {
    const ssize_t n = read(fd, text.data() + done, size - done);
    if (n <= 0) return text.substr(0, done);
    done += static_cast<size_t>(n);
  }
  return text;
}

// Lines of one length, each with its number.
std::string Line(int number) {
  std::string line = std::to_string(number);
  line.resize(99, ' ');
  return line + "\n";
}

// Writes until no more is kept, and expects everything that was taken at the reader, in order.
void ExpectNothingIsLostOfWhatIsTaken(const Ends& ends) {
  BoundedWriter writer(ends.write.get(), 10'000);
  int lines = 0;
  while (writer.Write(Line(lines))) ++lines;
  EXPECT_TRUE(writer.waits());
  EXPECT_FALSE(writer.Flush());
  EXPECT_EQ(fcntl(ends.write.get(), F_GETFL) & O_NONBLOCK, 0) << "others share it";
  for (int i = 0; i < lines; ++i) {
    ASSERT_EQ(ReadOf(ends.read.get(), 100), Line(i));
    writer.Flush();
  }
  EXPECT_FALSE(writer.waits());
  EXPECT_TRUE(writer.Write("more\n"));
  EXPECT_EQ(ReadOf(ends.read.get(), 5), "more\n");
}

TEST(BoundedWriterTest, APipeThatNobodyReads) { ExpectNothingIsLostOfWhatIsTaken(MakePipe()); }

TEST(BoundedWriterTest, ASocketThatNobodyReads) { ExpectNothingIsLostOfWhatIsTaken(MakeSockets()); }

TEST(BoundedWriterTest, ATerminalThatNobodyReads) {
  ExpectNothingIsLostOfWhatIsTaken(MakeTerminal());
}

TEST(BoundedWriterTest, ATerminalThatIsStopped) {
  const Ends ends = MakeTerminal();
  BoundedWriter writer(ends.write.get(), kCapacity);
  ASSERT_EQ(tcflow(ends.write.get(), TCOOFF), 0);
  EXPECT_TRUE(writer.Write("waits\n"));
  EXPECT_TRUE(writer.waits());
  ASSERT_EQ(tcflow(ends.write.get(), TCOON), 0);
  EXPECT_TRUE(writer.FlushFor(absl::Seconds(20)));
  EXPECT_EQ(ReadOf(ends.read.get(), 6), "waits\n");
}

TEST(BoundedWriterTest, APipeThatCannotBeOpenedAnew) {
  if (geteuid() != 0) GTEST_SKIP() << "needs root, who can be another user";
  const Ends ends = MakePipe();
  ASSERT_EQ(fchmod(ends.write.get(), 0), 0);
  ASSERT_EQ(seteuid(65534), 0);
  ExpectNothingIsLostOfWhatIsTaken(ends);
  EXPECT_EQ(seteuid(0), 0);
}

TEST(BoundedWriterTest, AFileIsWrittenToWhereItsDescriptorIs) {
  const TempDir dir;
  const UniqueFd file(open((dir / "log").c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
  ASSERT_EQ(write(file.get(), "head\n", 5), 5);
  BoundedWriter writer(file.get(), kCapacity);
  EXPECT_TRUE(writer.Write(std::string(kCapacity * 2, 'x')));
  EXPECT_FALSE(writer.waits());
  EXPECT_EQ(ReadFile(dir / "log")->size(), 5 + kCapacity * 2);
}

TEST(BoundedWriterTest, WhatNobodyCanReadIsNotKept) {
  signal(SIGPIPE, SIG_IGN);
  Ends ends = MakePipe();
  BoundedWriter writer(ends.write.get(), kCapacity);
  ends.read.Reset();
  for (int i = 0; i < 100; ++i) EXPECT_TRUE(writer.Write(std::string(100'000, 'x')));
  EXPECT_FALSE(writer.waits());
  signal(SIGPIPE, SIG_DFL);
}

TEST(BoundedWriterTest, ItWaitsForTheReaderForSoLongOnly) {
  const Ends ends = MakePipe();
  BoundedWriter writer(ends.write.get(), kCapacity);
  EXPECT_TRUE(writer.Write(std::string(kCapacity, 'x')));
  EXPECT_FALSE(writer.FlushFor(absl::Milliseconds(50)));
}

}  // namespace
}  // namespace rollport::os
