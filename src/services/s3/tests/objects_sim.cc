// An object store against a model of one: what was acknowledged is there with its bytes, what failed is there whole or
// not at all, versions are in order, and nothing is kept that no version needs; through restarts, crashes, full disks.
#include <map>

#include "api/s3.h"
#include "kernel/simulation.h"

namespace s3 {
namespace {

using base::Value;
using kernel::testing::TestCloud;
using M = Value::Map;

constexpr const char* kKeys[] = {"a", "a/b", "b", "photos/1", "photos/2", "z"};
constexpr std::int64_t kPartBytesMin = 5 * 1024 * 1024;

struct Version {
  std::string id, body;
  bool is_marker = false;
  int order = 0;  // when it was made; of an upload, when that began
};

struct Upload {
  std::string key, id;
  int order = 0;
  std::map<int, std::pair<std::string, std::string>> parts = {};  // ETag and bytes, by number
};

// All of a body that a failure need show: two differ in what follows their last 'a' to 'z'.
std::string shown(const std::string& body) {
  return body.size() < 64 ? body : fmt::format("{} bytes … {}", body.size(), body.substr(body.size() - 12));
}

class Objects {
 public:
  explicit Objects(TestCloud& cloud) : cloud_(cloud) { call("CreateBucket", M{{"Bucket", "sim"}}); }

  void step() {
    SCOPED_TRACE("step " + std::to_string(++steps_));
    switch (cloud_.roll(16)) {
      case 0:
      case 1:
      case 2:
      case 3: return put();
      case 4: return put_if_absent();
      case 5: return copy();
      case 6: return remove();
      case 7: return remove_version();
      case 8: return begin_upload();
      case 9: return upload_part();
      case 10: return end_upload();
      case 11: return switch_versioning();
      case 12: return put_on_full_disk();
      case 13: return check_listing();
      default: cloud_.roll(2) == 0 ? cloud_.restart() : cloud_.crash();
    }
  }

  void check_all() {
    check_listing();
    for (const auto& [key, versions] : keys_) {
      check_current(key);
      for (const Version& version : versions)
        EXPECT_EQ(get(key, version.id), version.is_marker ? "MethodNotAllowed" : shown(version.body)) << key;
    }
    check_blobs();
  }

 private:
  base::Result<Value> try_call(const char* operation, M input) {
    return cloud_.call("s3", operation, std::move(input));
  }
  Value call(const char* operation, M input) {
    auto result = try_call(operation, std::move(input));
    EXPECT_TRUE(result) << operation << ": " << result.error().code << " " << result.error().message;
    return result ? *result : Value();
  }

  std::string any_key() { return kKeys[cloud_.roll(std::size(kKeys))]; }
  // Short ones stand in rows, longer ones in blobs.
  std::string any_body() {
    const std::size_t sizes[] = {0, 10, 5'000, 100'000, 400'000};
    return std::string(sizes[cloud_.roll(std::size(sizes))], char('a' + cloud_.roll(26))) + std::to_string(++bodies_);
  }
  const Version* current(const std::string& key) const {
    auto found = keys_.find(key);
    if (found == keys_.end() || found->second.empty() || found->second.back().is_marker) return nullptr;
    return &found->second.back();
  }
  std::string get(const std::string& key, const std::string& version) {
    M input{{"Bucket", "sim"}, {"Key", key}};
    if (!version.empty()) input.emplace_back("VersionId", version);
    auto got = try_call("GetObject", std::move(input));
    return got ? shown(got->at("Body").str()) : got.error().code;
  }

  // What becomes of the versions of a key when one is added.
  void add(const std::string& key, Version version) {
    std::vector<Version>& versions = keys_[key];
    if (status_ != "Enabled") {
      version.id = "null";
      std::erase_if(versions, [](const Version& old) { return old.id == "null"; });
    }
    if (version.order == 0) version.order = ++orders_;
    versions.push_back(std::move(version));
    std::ranges::sort(versions, {}, &Version::order);
  }
  void check_current(const std::string& key) {
    const Version* version = current(key);
    EXPECT_EQ(get(key, ""), version ? shown(version->body) : "NoSuchKey") << key << " in " << status_;
  }

  void put() {
    const std::string key = any_key(), body = any_body();
    Value made = call("PutObject", M{{"Bucket", "sim"}, {"Key", key}, {"Body", body}});
    add(key, {made.at("VersionId").str(), body});
    check_current(key);
  }

  void put_if_absent() {
    const std::string key = any_key(), body = any_body();
    auto made = try_call("PutObject", M{{"Bucket", "sim"}, {"Key", key}, {"Body", body}, {"IfNoneMatch", "*"}});
    ASSERT_EQ(made.has_value(), current(key) == nullptr) << key;
    if (made) return add(key, {made->at("VersionId").str(), body});
    EXPECT_EQ(made.error().code, "PreconditionFailed");
  }

  // The client hears of a failure; what it then finds is what was there before, or the new object.
  void put_on_full_disk() {
    const std::string key = any_key(), body = any_body();
    cloud_.disk().fail_writes_after(cloud_.roll(4));
    auto made = try_call("PutObject", M{{"Bucket", "sim"}, {"Key", key}, {"Body", body}});
    cloud_.crash();  // heals the disk
    if (made) return add(key, {made->at("VersionId").str(), body});
    auto got = try_call("GetObject", M{{"Bucket", "sim"}, {"Key", key}});
    if (got && got->at("Body").str() == body) return add(key, {got->at("VersionId").str(), body});
    check_current(key);
  }

  void copy() {
    const std::string from = any_key(), to = any_key();
    if (from == to) return;  // that would change nothing, and is refused
    const Version* source = current(from);
    auto made = try_call("CopyObject", M{{"Bucket", "sim"}, {"Key", to}, {"CopySource", "sim/" + from}});
    ASSERT_EQ(made.has_value(), source != nullptr) << from;
    if (made) add(to, {made->at("VersionId").str(), std::string(source->body)});
  }

  void remove() {
    const std::string key = any_key();
    Value made = call("DeleteObject", M{{"Bucket", "sim"}, {"Key", key}});
    if (status_.empty())
      keys_[key].clear();
    else
      add(key, {made.at("VersionId").str(), "", true});
    check_current(key);
  }

  void remove_version() {
    const std::string key = any_key();
    std::vector<Version>& versions = keys_[key];
    if (versions.empty()) return;
    auto version = versions.begin() + std::ptrdiff_t(cloud_.roll(versions.size()));
    call("DeleteObject", M{{"Bucket", "sim"}, {"Key", key}, {"VersionId", version->id}});
    versions.erase(version);
    check_current(key);
  }

  void begin_upload() {
    if (uploads_.size() >= 3) return;
    const std::string key = any_key();
    Value made = call("CreateMultipartUpload", M{{"Bucket", "sim"}, {"Key", key}});
    uploads_.push_back({key, made.at("UploadId").str(), ++orders_});
  }

  void upload_part() {
    if (uploads_.empty()) return;
    Upload& upload = uploads_[cloud_.roll(uploads_.size())];
    const int number = 1 + int(cloud_.roll(2));
    const std::string body = number == 1 ? std::string(kPartBytesMin, char('a' + cloud_.roll(26))) : any_body();
    Value made = call(
        "UploadPart",
        M{{"Bucket", "sim"}, {"Key", upload.key}, {"UploadId", upload.id}, {"PartNumber", number}, {"Body", body}});
    upload.parts[number] = {made.at("ETag").str(), body};
  }

  void end_upload() {
    if (uploads_.empty()) return;
    auto at = uploads_.begin() + std::ptrdiff_t(cloud_.roll(uploads_.size()));
    Upload upload = *at;
    M input{{"Bucket", "sim"}, {"Key", upload.key}, {"UploadId", upload.id}};
    if (upload.parts.empty() || cloud_.roll(3) == 0) {
      call("AbortMultipartUpload", std::move(input));
      uploads_.erase(at);
      return;
    }
    Value::List parts;
    std::string whole;
    for (const auto& [number, part] : upload.parts) {
      parts.push_back(M{{"PartNumber", number}, {"ETag", part.first}});
      whole += part.second;
    }
    input.emplace_back("MultipartUpload", M{{"Parts", std::move(parts)}});
    Value made = call("CompleteMultipartUpload", std::move(input));
    uploads_.erase(at);
    add(upload.key, {made.at("VersionId").str(), whole, false, upload.order});
    check_current(upload.key);
  }

  void switch_versioning() {
    status_ = cloud_.roll(3) == 0 ? "Suspended" : "Enabled";
    call("PutBucketVersioning", M{{"Bucket", "sim"}, {"VersioningConfiguration", M{{"Status", status_}}}});
  }

  // Newest first, key by key.
  void check_listing() {
    Value listed = call("ListObjectVersions", M{{"Bucket", "sim"}});
    std::map<std::string, std::vector<std::string>> found, wanted;
    for (const Value& version : listed.at("Versions").list())
      found[version.at("Key").str()].push_back(version.at("VersionId").str());
    for (const auto& [key, versions] : keys_)
      for (auto version = versions.rbegin(); version != versions.rend(); ++version)
        if (!version->is_marker) wanted[key].push_back(version->id);
    EXPECT_EQ(found, wanted);
    Value current_ones = call("ListObjectsV2", M{{"Bucket", "sim"}});
    std::vector<std::string> names, wanted_names;
    for (const Value& object : current_ones.at("Contents").list()) names.push_back(object.at("Key").str());
    for (const auto& [key, versions] : keys_)
      if (current(key)) wanted_names.push_back(key);
    EXPECT_EQ(names, wanted_names);
  }

  // Once what nobody needs has been collected, nothing of it is left; and what is needed has not gone with it.
  void check_blobs() {
    auto never = [] { return false; };
    ASSERT_TRUE(cloud_.cloud().collect_blobs(never));
    for (const auto& [key, versions] : keys_) check_current(key);
    auto again = cloud_.cloud().collect_blobs(never);
    ASSERT_TRUE(again);
    EXPECT_EQ(again->removed, 0u);
    for (const auto& [key, versions] : keys_)
      for (const Version& version : versions)
        call("DeleteObject", M{{"Bucket", "sim"}, {"Key", key}, {"VersionId", version.id}});
    for (const Upload& upload : uploads_)
      call("AbortMultipartUpload", M{{"Bucket", "sim"}, {"Key", upload.key}, {"UploadId", upload.id}});
    auto last = cloud_.cloud().collect_blobs(never);
    ASSERT_TRUE(last);
    EXPECT_EQ(last->kept, 0u) << "blobs that no object needs";
  }

  TestCloud& cloud_;
  std::string status_;  // of versioning; empty: never enabled
  std::map<std::string, std::vector<Version>> keys_;
  std::vector<Upload> uploads_;
  int bodies_ = 0, orders_ = 0, steps_ = 0;
};

TEST(Simulation, WhatWasAcknowledgedIsThereAndNothingElse) {
  kernel::testing::for_each_seed([](std::uint64_t seed) {
    TestCloud cloud({service()}, seed);
    Objects objects(cloud);
    for (int step = 0; step < 150 && !::testing::Test::HasFailure(); ++step) objects.step();
    if (!::testing::Test::HasFailure()) objects.check_all();
  });
}

}  // namespace
}  // namespace s3
