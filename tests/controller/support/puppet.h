// A small process of a worker that does what the test tells it, and nothing else.
#ifndef ROLLPORT_TESTS_CONTROLLER_SUPPORT_PUPPET_H_
#define ROLLPORT_TESTS_CONTROLLER_SUPPORT_PUPPET_H_

#include <sys/types.h>

#include <cstdint>
#include <string>
#include <string_view>

#include "os/address.h"
#include "os/child.h"
#include "os/unique_fd.h"

namespace rollport::controller {

// Every call returns when the process has done it; a call that fails there ends the test program.
// Listeners and connections are named by their inodes, as the kernel's table does.
//
// The process leads a process group of its own and ends when this object goes.
class Puppet {
 public:
  // Forks the process. REQUIRES: one thread.
  Puppet();
  Puppet(Puppet&&) noexcept = default;

  pid_t pid() const { return pid_; }
  // To be taken once, by the object that reaps it.
  os::Child TakeProcess() const;

  // Listens on `address`, with SO_REUSEPORT, as the last member of its group.
  uint64_t Listen(const os::SocketAddress& address);
  // The same; but its handshakes stay half open until the client sends a byte (TCP_DEFER_ACCEPT).
  uint64_t ListenDeferring(const os::SocketAddress& address);
  void Close(uint64_t listener);
  // Stops listening and listens again: the member, with the same inode, is the last one now.
  void Relisten(uint64_t listener);
  // Gives the listener another number.
  void Move(uint64_t listener);
  // Accepts one connection, waits for it if there is none, and keeps it. Returns its inode.
  uint64_t Accept(uint64_t listener);
  // Reads what the client of this connection has sent, and waits if it has sent nothing.
  void Read(uint64_t connection);
  // From now on accepts every connection of the listener by itself, and answers a request with this
  // status.
  void Serve(uint64_t listener, int status = 200);

  // Forks a child that has all its descriptors and waits until this object goes. With `escapes` it
  // leaves the process group.
  pid_t Fork(bool escapes);
  // Sends `text` to the notify socket at `path`. With `by_child` a child sends it, and ends.
  void Notify(const std::string& path, std::string_view text, bool by_child = false);
  // Ends with this status, without waiting for anything.
  void Exit(int code);

 private:
  uint64_t Call(char verb, std::string_view argument = "", uint64_t number = 0);

  os::UniqueFd strings_;
  pid_t pid_ = -1;
};

}  // namespace rollport::controller

#endif  // ROLLPORT_TESTS_CONTROLLER_SUPPORT_PUPPET_H_
