// What Secrets Manager remembers: its rows, and the tables that hold them.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "api/secretsmanager.h"
#include "store/table.h"

namespace secretsmanager {

struct Tag {
  std::string key, value;

  static void fields(auto& self, auto& field) {
    field("key", self.key);
    field("value", self.value);
  }
};

// How a secret is rotated, and how far the rotation has come that is going on.
struct Rotation {
  bool is_enabled = false;
  std::string lambda_arn;
  std::int64_t after_days = 0;  // 0: the schedule says when
  std::string schedule;         // "rate(10 days)", "cron(0 16 1,15 * ? *)"
  std::string duration;         // of the window: "3h"; empty: AWS's default
  std::int64_t rotated_ms = 0;
  std::int64_t next_ms = 0;        // when the next window opens
  std::int64_t next_until_ms = 0;  // when it closes: NextRotationDate
  std::string pending_version;     // of the rotation going on; empty: none
  std::int64_t step = 0;           // the step to be made next, from 0
  std::int64_t failures = 0;       // of this step, one after the other
  bool is_trial = false;           // only the testSecret step, then the version goes away

  static void fields(auto& self, auto& field) {
    field("is_enabled", self.is_enabled);
    field("lambda_arn", self.lambda_arn);
    field("after_days", self.after_days);
    field("schedule", self.schedule);
    field("duration", self.duration);
    field("rotated_ms", self.rotated_ms);
    field("next_ms", self.next_ms);
    field("next_until_ms", self.next_until_ms);
    field("pending_version", self.pending_version);
    field("step", self.step);
    field("failures", self.failures);
    field("is_trial", self.is_trial);
  }
};

// A copy in another region, as its primary knows it.
struct Replica {
  std::string region;
  std::string kms_key;  // as given; empty: aws/secretsmanager of that region
  std::string status;   // "InSync", "Failed"
  std::string status_message;

  static void fields(auto& self, auto& field) {
    field("region", self.region);
    field("kms_key", self.kms_key);
    field("status", self.status);
    field("status_message", self.status_message);
  }
};

struct Secret {
  std::string name;
  std::string suffix;    // the six characters its ARN ends in
  std::uint64_t id = 0;  // a secret deleted and created again is another one
  std::string description;
  std::string kms_key;  // as given; empty: aws/secretsmanager
  std::string type;     // of a managed external secret
  std::int64_t created_ms = 0;
  std::int64_t changed_ms = 0;
  std::int64_t accessed_ms = 0;  // the day of it; 0: never
  std::int64_t purge_ms = 0;     // when it goes for good; 0: it is not marked for deletion
  std::vector<Tag> tags;
  std::map<std::string, std::string> stages;  // staging label: id of the version it is attached to
  std::string policy;                         // empty: none
  Rotation rotation;
  std::string primary_region;  // of a replica, and of a primary that has replicas
  std::vector<Replica> replicas;

  static void fields(auto& self, auto& field) {
    field("name", self.name);
    field("suffix", self.suffix);
    field("id", self.id);
    field("description", self.description);
    field("kms_key", self.kms_key);
    field("type", self.type);
    field("created_ms", self.created_ms);
    field("changed_ms", self.changed_ms);
    field("accessed_ms", self.accessed_ms);
    field("purge_ms", self.purge_ms);
    field("tags", self.tags);
    field("stages", self.stages);
    field("policy", self.policy);
    field("rotation", self.rotation);
    field("primary_region", self.primary_region);
    field("replicas", self.replicas);
  }
};

// One value of a secret. It is sealed with a data key of its own, and that by KMS.
struct Version {
  std::string id;
  std::uint64_t sequence = 0;  // the order in which they were made
  std::int64_t created_ms = 0;
  std::int64_t accessed_ms = 0;  // the day of it; 0: never
  bool has_value = false;        // a rotation begins with a version that has none
  bool is_binary = false;
  std::string kms_key;          // as the secret had it then; empty: aws/secretsmanager
  std::string sealed_data_key;  // KMS's ciphertext
  std::string sealed_value;     // see values.cc

  static void fields(auto& self, auto& field) {
    field("id", self.id);
    field("sequence", self.sequence);
    field("created_ms", self.created_ms);
    field("accessed_ms", self.accessed_ms);
    field("has_value", self.has_value);
    field("is_binary", self.is_binary);
    field("kms_key", self.kms_key);
    field("sealed_data_key", self.sealed_data_key);
    field("sealed_value", self.sealed_value);
  }
};

inline constexpr store::Table<Secret> kSecrets{"secretsmanager.secrets"};     // key: name
inline constexpr store::Table<Version> kVersions{"secretsmanager.versions"};  // key: id of the secret, of the version

}  // namespace secretsmanager
