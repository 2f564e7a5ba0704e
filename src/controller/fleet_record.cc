#include "controller/fleet_record.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <nlohmann/json.hpp>
#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "base/status_macros.h"
#include "controller/fleet_record_fields.h"
#include "os/address.h"
#include "os/errno_status.h"
#include "os/file.h"
#include "os/unique_fd.h"
#include "rollout/state.h"

namespace rollport::controller {
namespace {

using Json = nlohmann::json;

// Raised where the record changes its meaning; another version is not read.
constexpr int kVersion = 1;
// We never write a link there.
constexpr os::ReadOptions kOurOwn = {.no_link = true};

// JSON holds UTF-8 only, and a path or a variable may be any bytes.
bool IsPlain(const std::string& text) {
  return std::all_of(text.begin(), text.end(),
                     [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}

class Writer {
 public:
  template <typename T>
  void operator()(const char* key, const T& value) {
    json_[key] = Encode(value);
  }

  static Json Encode(const std::string& text) {
    if (IsPlain(text)) return text;
    return {{"hex", std::string(absl::BytesToHexString(text))}};
  }
  static Json Encode(absl::Duration value) { return absl::FormatDuration(value); }
  static Json Encode(absl::Time value) { return absl::ToUnixNanos(value); }
  static Json Encode(const std::map<std::string, std::string>& variables) {
    Json list = Json::array();
    for (const auto& [name, value] : variables) {
      list.push_back(Json::array({Encode(name), Encode(value)}));
    }
    return list;
  }
  template <typename T>
  static Json Encode(const std::optional<T>& value) {
    return value.has_value() ? Encode(*value) : Json();
  }
  template <typename T>
  static Json Encode(const std::vector<T>& values) {
    Json list = Json::array();
    for (const T& value : values) list.push_back(Encode(value));
    return list;
  }
  template <typename T>
  static Json Encode(const T& value) {
    if constexpr (std::is_enum_v<T>) {
      return static_cast<int>(value);
    } else if constexpr (std::is_arithmetic_v<T>) {
      return value;
    } else {
      Writer writer;
      record::Fields(writer, value);
      return std::move(writer.json_);
    }
  }

 private:
  Json json_ = Json::object();
};

// A missing key or a wrong type is an exception of nlohmann-json's, which ends in
// ParseFleetRecord().
class Reader {
 public:
  explicit Reader(const Json& json) : json_(json) {}
  template <typename T>
  void operator()(const char* key, T& value) const {
    Decode(json_.at(key), &value);
  }

  static void Decode(const Json& json, std::string* out) {
    *out = json.is_object() ? absl::HexStringToBytes(json.at("hex").get<std::string>())
                            : json.get<std::string>();
  }
  static void Decode(const Json& json, absl::Duration* out) {
    if (!absl::ParseDuration(json.get<std::string>(), out)) *out = -absl::InfiniteDuration();
  }
  static void Decode(const Json& json, absl::Time* out) {
    *out = absl::FromUnixNanos(json.get<int64_t>());
  }
  static void Decode(const Json& json, std::map<std::string, std::string>* out) {
    for (const Json& pair : json) {
      std::string name;
      Decode(pair.at(0), &name);
      Decode(pair.at(1), &(*out)[name]);
    }
  }
  template <typename T>
  static void Decode(const Json& json, std::optional<T>* out) {
    if (!json.is_null()) Decode(json, &out->emplace());
  }
  template <typename T>
  static void Decode(const Json& json, std::vector<T>* out) {
    out->clear();
    for (const Json& element : json) Decode(element, &out->emplace_back());
  }
  template <typename T>
  static void Decode(const Json& json, T* out) {
    if constexpr (std::is_enum_v<T>) {
      *out = static_cast<T>(json.get<int>());
    } else if constexpr (std::is_arithmetic_v<T>) {
      json.get_to(*out);
    } else {
      const Reader reader(json);
      record::Fields(reader, *out);
    }
  }

 private:
  const Json& json_;
};

bool IsState(const std::string& name) {
  return std::any_of(rollout::kWorkerStates.begin(), rollout::kWorkerStates.end(),
                     [&](rollout::WorkerState state) { return rollout::Name(state) == name; });
}

bool IsCount(int n) { return n >= 1 && n <= kMaxWorkers; }

bool MakesSense(const RecordedGeneration& generation) {
  const auto& settings = generation.settings;
  return generation.generation.number >= 1 && !generation.generation.command.empty() &&
         !settings.command.empty() && settings.stop_signal > 0 && settings.stop_signal <= 64 &&
         IsCount(generation.workers) && !generation.listen.empty() &&
         std::all_of(generation.listen.begin(), generation.listen.end(),
                     [](const auto& text) { return os::SocketAddress::Parse(text).ok(); });
}

// What would make this controller break its own promises, or signal whom it must not.
bool MakesSense(const FleetRecord& record) {
  const auto knows = [&](int64_t number) {
    return std::any_of(record.generations.begin(), record.generations.end(),
                       [&](const auto& g) { return g.generation.number == number; });
  };
  const RollSettings& roll = record.settings.roll;
  const HealthSettings& health = record.settings.health;
  return IsCount(record.slots) && IsCount(record.settings.workers) && knows(record.generation) &&
         roll.surge >= 1 && roll.keep_generations >= 1 && health.healthy_after >= 1 &&
         health.unhealthy_after >= 1 && health.interval > absl::ZeroDuration() &&
         health.timeout > absl::ZeroDuration() && roll.drain_timeout >= absl::ZeroDuration() &&
         roll.handshake_timeout >= absl::ZeroDuration() && !record.notify_socket.empty() &&
         std::all_of(record.generations.begin(), record.generations.end(),
                     [&](const auto& g) {
                       return MakesSense(g) && g.generation.number <= record.last_generation;
                     }) &&
         std::all_of(record.workers.begin(), record.workers.end(), [&](const auto& w) {
           return w.pid > 1 && w.slot >= 0 && w.slot < kMaxWorkers && knows(w.generation) &&
                  IsState(w.state);
         });
}

absl::Status WriteAll(const std::string& path, const std::string& text) {
  const os::UniqueFd fd(
      open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600));
  if (!fd.valid()) return os::ErrnoStatus(errno, absl::StrCat("open ", path));
  for (size_t done = 0; done < text.size();) {
    const ssize_t n = write(fd.get(), text.data() + done, text.size() - done);
    if (n < 0 && errno != EINTR) return os::ErrnoStatus(errno, absl::StrCat("write ", path));
    if (n > 0) done += static_cast<size_t>(n);
  }
  return absl::OkStatus();
}

std::string Fresh(const std::string& path) { return absl::StrCat(path, ".new"); }

}  // namespace

std::string ToJson(const FleetRecord& record) {
  Json json = Writer::Encode(record);
  json["version"] = kVersion;
  return json.dump();
}

absl::StatusOr<FleetRecord> ParseFleetRecord(std::string_view text) {
  try {
    const Json json = Json::parse(text);
    if (json.at("version") != kVersion) {
      return absl::InvalidArgumentError("it is of another version of rollport");
    }
    FleetRecord record;
    Reader::Decode(json, &record);
    if (!MakesSense(record)) return absl::InvalidArgumentError("what it says makes no sense");
    return record;
  } catch (const Json::exception& error) {
    return absl::InvalidArgumentError(error.what());
  }
}

FleetRecordFile::FleetRecordFile(const std::string& state_dir)
    : path_(absl::StrCat(state_dir, "/fleet.state")) {}

FleetRecordFile::~FleetRecordFile() {
  // Not that of a controller that came when our folder had been removed.
  if (written_.empty() || os::ReadFile(path_, kOurOwn).value_or("") != written_) return;
  unlink(path_.c_str());
  unlink(Fresh(path_).c_str());
}

absl::StatusOr<FleetRecord> FleetRecordFile::Read() const {
  const absl::StatusOr<std::string> text = os::ReadFile(path_, kOurOwn);
  if (!text.ok()) return os::WithoutPath(text.status(), path_);
  return ParseFleetRecord(*text);
}

absl::Status FleetRecordFile::Write(const FleetRecord& record) {
  std::string text = ToJson(record);
  // Somebody may have removed the whole folder, which is then made again.
  if (text == written_ && access(path_.c_str(), F_OK) == 0) return absl::OkStatus();
  RETURN_IF_ERROR(WriteAll(Fresh(path_), text));
  if (rename(Fresh(path_).c_str(), path_.c_str()) != 0) {
    return os::ErrnoStatus(errno, absl::StrCat("rename to ", path_));
  }
  written_ = std::move(text);
  return absl::OkStatus();
}

}  // namespace rollport::controller
