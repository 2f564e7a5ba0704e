// A socket whose last close(2) takes half a minute, for tests of those who are sent one.
#ifndef ROLLPORT_TESTS_SUPPORT_LINGERING_SOCKET_H_
#define ROLLPORT_TESTS_SUPPORT_LINGERING_SOCKET_H_

#include <sys/socket.h>
#include <sys/uio.h>

#include <cerrno>
#include <string>
#include <utility>

#include "gtest/gtest.h"
#include "os/scm_rights.h"
#include "os/socket.h"
#include "os/unique_fd.h"
#include "tests/support/readiness.h"

namespace rollport {

// Has SO_LINGER, and bytes that its peer does not read.
class LingeringSocket {
 public:
  LingeringSocket() {
    const os::UniqueFd listener = *os::Listen(*os::SocketAddress::Parse("127.0.0.1:0"), 1);
    socket_ = *os::Connect(*os::LocalAddress(listener.get()));
    AwaitReadable(listener.get());
    peer_ = std::move((*os::Accept4(listener.get()))->fd);
    const linger patient = {.l_onoff = 1, .l_linger = 30};
    EXPECT_EQ(setsockopt(socket_.get(), SOL_SOCKET, SO_LINGER, &patient, sizeof patient), 0);
    const std::string bytes(1 << 16, 'x');
    while (send(socket_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT) > 0) {
    }
    EXPECT_EQ(errno, EAGAIN);
  }

  // Sends it with `text` through `sender`, to `address` if that is not null, and closes it here:
  // the receiver has the last duplicate. Returns what sendmsg(2) does.
  ssize_t Send(int sender, std::string text, const sockaddr* address = nullptr,
               socklen_t length = 0) {
    iovec piece = {.iov_base = text.data(), .iov_len = text.size()};
    msghdr message = {.msg_name = const_cast<sockaddr*>(address),
                      .msg_namelen = length,
                      .msg_iov = &piece,
                      .msg_iovlen = 1};
    os::RightsBuffer<1> room;
    const int fd = socket_.get();
    os::AttachFds({&fd, 1}, room.bytes, &message);
    const ssize_t n = sendmsg(sender, &message, MSG_NOSIGNAL);
    if (n >= 0) socket_.Reset();
    return n;
  }

 private:
  os::UniqueFd socket_;
  os::UniqueFd peer_;  // closed first, which ends the wait of every close(2)
};

// As before Linux 6.16: descriptors can be sent to `socket`.
inline void PassRights(int socket) {
#ifndef SO_PASSRIGHTS
  constexpr int SO_PASSRIGHTS = 83;
#endif
  const int on = 1;
  setsockopt(socket, SOL_SOCKET, SO_PASSRIGHTS, &on, sizeof on);
}

}  // namespace rollport

#endif  // ROLLPORT_TESTS_SUPPORT_LINGERING_SOCKET_H_
