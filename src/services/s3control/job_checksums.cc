// Checksums of objects, computed without changing them.
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/batch-ops-compute-checksums.html
#include <fmt/format.h>

#include "api/s3.h"
#include "base/bytes.h"
#include "base/json.h"
#include "services/s3control/jobs.h"

namespace s3control {

namespace {

template <class Number>
std::string bytes_of(Number number) {
  std::string bytes;
  for (int shift = static_cast<int>(sizeof(Number)) * 8 - 8; shift >= 0; shift -= 8)
    bytes += static_cast<char>((number >> shift) & 0xFF);
  return bytes;
}

struct NamedChecksum {
  std::string_view name;
  std::string (*compute)(std::string_view bytes);
};
// LIMIT: neither SHA512 nor the algorithms of XXHASH, and of parts none.
constexpr NamedChecksum kChecksums[] = {
    {"CRC32", [](std::string_view bytes) { return bytes_of(base::crc32(bytes)); }},
    {"CRC32C", [](std::string_view bytes) { return bytes_of(base::crc32c(bytes)); }},
    {"CRC64NVME", [](std::string_view bytes) { return bytes_of(base::crc64nvme(bytes)); }},
    {"MD5", base::md5},
    {"SHA1", base::sha1},
    {"SHA256", base::sha256},
};

const NamedChecksum* find_checksum(const Value& given) {
  const std::string name = given.has("ChecksumAlgorithm") ? given.at("ChecksumAlgorithm").str() : "CRC64NVME";
  for (const NamedChecksum& each : kChecksums)
    if (each.name == name) return &each;
  return nullptr;
}

}  // namespace

bool is_computable(const Value& given) {
  return find_checksum(given) != nullptr && given.at("ChecksumType").str() != "COMPOSITE";
}

// LIMIT: the object is read within one step, and may have 512 MB.
Result<std::string> compute_checksum(Call& call, const kernel::Principal& session, const Value& given,
                                     const Task& task) {
  Value input = Value::Map{{"Bucket", task.bucket}, {"Key", task.key}};
  if (!task.version_id.empty()) input.set("VersionId", task.version_id);
  const Value got = TRY(call.as_role(session).invoke(kernel::operation<s3::Model>("GetObject"), std::move(input)));
  const NamedChecksum* checksum = find_checksum(given);
  const std::string value = checksum->compute(got.at("Body").str());
  std::string etag = got.at("ETag").str();
  std::erase(etag, '"');
  return base::to_json(Value::Map{{"checksum_base64", base::to_base64(value)},
                                  {"etag", etag},
                                  {"checksumAlgorithm", std::string(checksum->name)},
                                  {"checksumType", "FULL_OBJECT"},
                                  {"checksum_hex", base::to_hex(value)}});
}

}  // namespace s3control
