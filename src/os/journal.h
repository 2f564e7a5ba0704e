// systemd-journald(8) as the reader of an output.
#ifndef ROLLPORT_OS_JOURNAL_H_
#define ROLLPORT_OS_JOURNAL_H_

namespace rollport::os {

// True if `fd` is the stream to the journal that a service manager has connected: the variable
// JOURNAL_STREAM has its device and inode, as systemd.exec(5) tells. An output that was redirected
// since then is not.
bool LeadsToJournal(int fd);

}  // namespace rollport::os

#endif  // ROLLPORT_OS_JOURNAL_H_
