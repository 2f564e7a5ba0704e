#include "os/unix_socket.h"

#include <sys/stat.h>
#include <unistd.h>

#include <string>

#include "gtest/gtest.h"
#include "os/unique_fd.h"
#include "tests/support/temp_dir.h"

namespace rollport::os {
namespace {

TEST(UnixSocketTest, TheFileIsOursAloneAndTheOtherEndIsKnown) {
  const TempDir dir;
  const std::string path = dir / "api.sock";
  const UniqueFd listener = *ListenUnix(path, 4);
  struct stat info;
  ASSERT_EQ(stat(path.c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777, 0600U);

  const UniqueFd client = *ConnectUnix(path);
  const UniqueFd server(accept4(listener.get(), nullptr, nullptr, SOCK_CLOEXEC));
  ASSERT_TRUE(server.valid());
  const ucred peer = *PeerCredentials(server.get());
  EXPECT_EQ(peer.pid, getpid());
  EXPECT_EQ(peer.uid, geteuid());
}

TEST(UnixSocketTest, ErrorsNameThePath) {
  const TempDir dir;
  const std::string path = dir / "api.sock";
  EXPECT_EQ(ConnectUnix(path).status().message(),
            "connect to " + path + ": No such file or directory");
  { const UniqueFd listener = *ListenUnix(path, 4); }
  EXPECT_EQ(ConnectUnix(path).status().message(), "connect to " + path + ": Connection refused");
  EXPECT_EQ(ListenUnix(path, 4).status().message(), "bind on " + path + ": Address already in use");
}

TEST(UnixSocketTest, APathThatDoesNotFitIsRefused) {
  sockaddr_un address;
  EXPECT_TRUE(UnixSockaddr(std::string(107, 'a'), &address).ok());
  EXPECT_FALSE(UnixSockaddr(std::string(108, 'a'), &address).ok());
  EXPECT_FALSE(UnixSockaddr("", &address).ok());
}

}  // namespace
}  // namespace rollport::os
