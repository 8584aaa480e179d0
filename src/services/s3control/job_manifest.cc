// Manifests: lists of CSV, and inventory reports.
#include <fmt/format.h>

#include <algorithm>

#include "api/s3.h"
#include "base/arn.h"
#include "base/bytes.h"
#include "base/gzip.h"
#include "base/json.h"
#include "base/strings.h"
#include "services/s3control/jobs.h"

namespace s3control {

namespace {

constexpr std::uint64_t kManifestPieceBytes = 4'096;
constexpr std::size_t kInventoryFileBytesMax = 64 * 1024 * 1024;
constexpr std::string_view kInventoryFormat = "S3InventoryReport_CSV_20161130";

// Where the fields of a task stand in a line.
struct LineFields {
  std::size_t count = 0;
  std::size_t bucket = 0, key = 0;
  std::optional<std::size_t> version_id, is_delete_marker;
};

std::unexpected<base::Error> bad_line() {
  return base::fail("ManifestParsingError", "The manifest has a line that is not of its fields.");
}

// A line of CSV as its fields; quotes may stand around a field, and twice for one inside.
std::vector<std::string> fields_of(std::string_view line) {
  std::vector<std::string> fields(1);
  bool is_quoted = false;
  for (std::size_t at = 0; at < line.size(); ++at) {
    if (line[at] == '"') {
      if (is_quoted && at + 1 < line.size() && line[at + 1] == '"') {
        fields.back().push_back('"');
        ++at;
      } else {
        is_quoted = !is_quoted;
      }
    } else if (line[at] == ',' && !is_quoted) {
      fields.emplace_back();
    } else {
      fields.back().push_back(line[at]);
    }
  }
  return fields;
}

Result<LineFields> read_fields(const std::vector<std::string>& names) {
  LineFields fields{.count = names.size()};
  auto find = [&](std::string_view name) -> std::optional<std::size_t> {
    auto found = std::ranges::find(names, name);
    return found == names.end() ? std::nullopt : std::optional<std::size_t>(found - names.begin());
  };
  const auto bucket = find("Bucket"), key = find("Key");
  if (!bucket || !key) return base::fail("ManifestParsingError", "The manifest has no buckets or no keys.");
  fields.bucket = *bucket;
  fields.key = *key;
  fields.version_id = find("VersionId");
  fields.is_delete_marker = find("IsDeleteMarker");
  return fields;
}

// Keys are URL-encoded in manifests.
Result<void> add_task(Call& call, Job& job, std::string_view line, const LineFields& where) {
  line = base::trim(line);
  if (line.empty()) return {};
  const std::vector<std::string> fields = fields_of(line);
  if (fields.size() != where.count) return bad_line();
  auto key = base::percent_decode(fields[where.key], base::Plus::kSpace);
  if (!key) return bad_line();
  if (where.is_delete_marker && fields[*where.is_delete_marker] == "true") return {};
  Task task{.bucket = fields[where.bucket],
            .key = *key,
            .version_id = where.version_id ? fields[*where.version_id] : std::string()};
  call.tx.put(kTasks, store::key(job.id, job.task_count), task);
  ++job.task_count;
  return {};
}

Result<void> check_etag(const Value& got, const Value& location) {
  auto bare = [](std::string_view tag) { return tag.starts_with('"') ? tag.substr(1, tag.size() - 2) : tag; };
  if (bare(got.at("ETag").str()) == bare(location.at("ETag").str())) return {};
  return base::fail("ManifestETagMismatch", "The manifest has another ETag than the job was made with.");
}

Value manifest_object(const Value& location) {
  const base::Arn arn = base::Arn::parse(location.at("ObjectArn").str());
  const std::size_t slash = arn.resource.find('/');
  Value input = Value::Map{{"Bucket", std::string(arn.resource.substr(0, slash))},
                           {"Key", std::string(arn.resource.substr(slash + 1))}};
  if (location.has("ObjectVersionId")) input.set("VersionId", location.at("ObjectVersionId"));
  return input;
}

Result<bool> read_list(Call& call, const kernel::Principal& session, Job& job, const Value& manifest) {
  std::vector<std::string> names;
  for (const Value& field : manifest.at("Spec").at("Fields").list()) names.push_back(field.str());
  const LineFields where = TRY(read_fields(names));
  const Value& location = manifest.at("Location");
  Value input = manifest_object(location);
  input.set("Range", fmt::format("bytes={}-{}", job.manifest_read, job.manifest_read + kManifestPieceBytes - 1));
  auto got = call.as_role(session).invoke(kernel::operation<s3::Model>("GetObject"), std::move(input));
  if (!got && got.error().code == "InvalidRange") got = Value(Value::Map{{"Body", ""}, {"ETag", location.at("ETag")}});
  if (!got) return std::unexpected(got.error());
  TRY_VOID(check_etag(*got, location));
  const std::string& piece = got->at("Body").str();
  job.manifest_read += piece.size();
  std::string text = std::exchange(job.manifest_rest, std::string()) + piece;
  const bool is_end = piece.size() < kManifestPieceBytes;
  std::size_t begin = 0;
  for (std::size_t end = text.find('\n'); end != text.npos; begin = end + 1, end = text.find('\n', begin))
    TRY_VOID(add_task(call, job, std::string_view(text).substr(begin, end - begin), where));
  job.manifest_rest = text.substr(begin);
  if (is_end) TRY_VOID(add_task(call, job, std::exchange(job.manifest_rest, std::string()), where));
  return is_end;
}

// One of its files at a time; `manifest_read` counts them.
Result<bool> read_inventory(Call& call, const kernel::Principal& session, Job& job, const Value& manifest) {
  const kernel::Client role = call.as_role(session);
  const Value& location = manifest.at("Location");
  const Value got = TRY(role.invoke(kernel::operation<s3::Model>("GetObject"), manifest_object(location)));
  TRY_VOID(check_etag(got, location));
  auto document = base::parse_json(got.at("Body").str());
  if (!document || document->at("fileFormat").str() != "CSV")
    return base::fail("ManifestParsingError", "The manifest is not of an inventory in CSV.");
  std::vector<std::string> names;
  for (std::string_view name : base::split(document->at("fileSchema").str(), ',')) names.emplace_back(base::trim(name));
  const LineFields where = TRY(read_fields(names));
  const Value::List& files = document->at("files").list();
  if (job.manifest_read >= files.size()) return true;
  const Value& file = files[job.manifest_read];
  const std::string bucket(base::Arn::parse(document->at("destinationBucket").str()).resource);
  const Value packed = TRY(
      role.invoke(kernel::operation<s3::Model>("GetObject"), Value::Map{{"Bucket", bucket}, {"Key", file.at("key")}}));
  auto text = base::gunzip(packed.at("Body").str(), kInventoryFileBytesMax);
  if (!text) return base::fail("ManifestParsingError", "A file of the inventory is damaged.");
  for (std::string_view line : base::split(*text, '\n')) TRY_VOID(add_task(call, job, line, where));
  ++job.manifest_read;
  return job.manifest_read >= files.size();
}

}  // namespace

Result<void> check_manifest(const Value& input) {
  auto bad = [](std::string message) { return error("BadRequestException", std::move(message)); };
  const Value& generator = input.at("ManifestGenerator").at("S3JobManifestGenerator");
  if (!generator.is_null()) {
    if (!input.at("Manifest").is_null()) return bad("Either a manifest or a manifest generator can be given, not both");
    if (base::Arn::parse(generator.at("SourceBucket").str()).service != "s3") return bad("SourceBucket is not valid");
    if (generator.at("EnableManifestOutput").flag() && generator.at("ManifestOutputLocation").is_null())
      return bad("ManifestOutputLocation is required when EnableManifestOutput is true");
    return {};
  }
  const Value& spec = input.at("Manifest").at("Spec");
  if (input.at("Manifest").is_null()) return bad("A manifest is required");
  std::vector<std::string> names;
  for (const Value& field : spec.at("Fields").list()) names.push_back(field.str());
  const bool is_inventory = spec.at("Format").str() == kInventoryFormat;
  if (!is_inventory && !read_fields(names)) return bad("Manifest fields must be Bucket, Key or Bucket, Key, VersionId");
  if (is_inventory && !names.empty()) return bad("Manifest fields cannot be given for an inventory report");
  const base::Arn arn = base::Arn::parse(input.at("Manifest").at("Location").at("ObjectArn").str());
  if (arn.service != "s3" || arn.resource.find('/') == arn.resource.npos) return bad("Manifest ObjectArn is not valid");
  return {};
}

Result<bool> read_manifest(Call& call, const kernel::Principal& session, Job& job, const Value& manifest) {
  if (manifest.at("Spec").at("Format").str() == kInventoryFormat) return read_inventory(call, session, job, manifest);
  return read_list(call, session, job, manifest);
}

}  // namespace s3control
