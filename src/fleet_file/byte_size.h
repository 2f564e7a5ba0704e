// Sizes as people write them: 65536, "64KiB", "1G", "unlimited".
#ifndef ROLLPORT_FLEET_FILE_BYTE_SIZE_H_
#define ROLLPORT_FLEET_FILE_BYTE_SIZE_H_

#include <cstdint>
#include <optional>
#include <string_view>

namespace rollport::fleet_file {

// Bytes, with K, M, G or T for powers of 1024 ("iB" or "B" may follow); "unlimited" is UINT64_MAX.
// nullopt if it is none of these, or too large.
std::optional<uint64_t> ParseByteSize(std::string_view text);

}  // namespace rollport::fleet_file

#endif  // ROLLPORT_FLEET_FILE_BYTE_SIZE_H_
