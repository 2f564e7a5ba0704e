#include "os/process_settings.h"

#include <grp.h>
#include <pwd.h>
#include <sched.h>
#include <sys/fsuid.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "base/status_macros.h"
#include "os/capabilities.h"
#include "os/errno_status.h"

namespace rollport::os {
namespace {

absl::Status SetCpus(const std::vector<int>& cpus) {
  if (cpus.empty()) return absl::OkStatus();
  cpu_set_t set;
  CPU_ZERO(&set);
  for (const int cpu : cpus) CPU_SET(static_cast<size_t>(cpu), &set);
  if (sched_setaffinity(0, sizeof set, &set) != 0) return ErrnoStatus(errno, "sched_setaffinity");
  return absl::OkStatus();
}

absl::Status Become(const Credentials& who) {
  // Without this, the change of the user would take away the capabilities that are to be kept.
  if (prctl(PR_SET_KEEPCAPS, 1) != 0) return ErrnoStatus(errno, "prctl PR_SET_KEEPCAPS");
  if (setgroups(who.groups.size(), who.groups.data()) != 0) return ErrnoStatus(errno, "setgroups");
  if (setresgid(who.gid, who.gid, who.gid) != 0) {
    return ErrnoStatus(errno, absl::StrCat("setresgid to ", who.gid));
  }
  if (setresuid(who.uid, who.uid, who.uid) != 0) {
    return ErrnoStatus(errno, absl::StrCat("setresuid to ", who.uid));
  }
  return absl::OkStatus();
}

}  // namespace

Credentials OurCredentials() {
  Credentials ours{.uid = geteuid(), .gid = getegid()};
  const int count = getgroups(0, nullptr);
  ours.groups.resize(count > 0 ? static_cast<size_t>(count) : 0);
  if (getgroups(count, ours.groups.data()) < 0) ours.groups.clear();
  return ours;
}

absl::StatusOr<User> LookUpUser(const std::string& name) {
  uid_t number;
  const passwd* entry = absl::SimpleAtoi(name, &number) ? getpwuid(number) : getpwnam(name.c_str());
  if (entry == nullptr) {
    return absl::NotFoundError(absl::StrCat("there is no user \"", name, "\" on this host"));
  }
  User user{.name = entry->pw_name,
            .home = entry->pw_dir,
            .credentials = {.uid = entry->pw_uid, .gid = entry->pw_gid}};
  std::vector<gid_t>& groups = user.credentials.groups;
  int count = 32;
  groups.resize(static_cast<size_t>(count));
  while (getgrouplist(user.name.c_str(), user.credentials.gid, groups.data(), &count) < 0) {
    groups.resize(static_cast<size_t>(count));
  }
  groups.resize(static_cast<size_t>(count));
  return user;
}

absl::StatusOr<gid_t> LookUpGroup(const std::string& name) {
  gid_t number;
  const group* entry = absl::SimpleAtoi(name, &number) ? getgrgid(number) : getgrnam(name.c_str());
  if (entry != nullptr) return entry->gr_gid;
  return absl::NotFoundError(absl::StrCat("there is no group \"", name, "\" on this host"));
}

absl::Status ApplyResources(const ProcessSettings& settings) {
  RETURN_IF_ERROR(SetCpus(settings.cpus));
  for (const ResourceLimit& limit : settings.limits) {
    const rlimit both{.rlim_cur = limit.value, .rlim_max = limit.value};
    if (setrlimit(static_cast<__rlimit_resource>(limit.resource), &both) != 0) {
      return ErrnoStatus(errno, absl::StrCat("setrlimit ", limit.resource, " to ", limit.value));
    }
  }
  if (settings.umask.has_value()) umask(*settings.umask);
  return absl::OkStatus();
}

absl::Status ApplyCredentials(const ProcessSettings& settings) {
  if (settings.credentials.has_value()) RETURN_IF_ERROR(Become(*settings.credentials));
  if (settings.ambient.has_value()) return SetAmbient(*settings.ambient);
  // Without a set to keep, the new user has no capabilities.
  return settings.credentials.has_value() ? SetAmbient({}) : absl::OkStatus();
}

FileSystemUser::FileSystemUser(uid_t uid, gid_t gid)
    : former_uid_(static_cast<uid_t>(setfsuid(static_cast<uid_t>(-1)))),
      former_gid_(static_cast<gid_t>(setfsgid(static_cast<gid_t>(-1)))) {
  setfsgid(gid);
  setfsuid(uid);
}

FileSystemUser::~FileSystemUser() {
  setfsuid(former_uid_);
  setfsgid(former_gid_);
}

}  // namespace rollport::os
