#pragma once

#include "services/s3/state.h"

// The tiers of INTELLIGENT_TIERING. Which one an object is in follows from when it was last used, so nothing is moved.
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/intelligent-tiering-overview.html
namespace s3 {

enum class Tier { kNone, kFrequent, kInfrequent, kArchiveInstant, kArchive, kDeepArchive };

// kNone: the object is of another class.
Tier tier_of(Call& call, const Bucket& bucket, std::string_view key, const ObjectVersion& version);
inline bool is_asleep(Tier tier) { return tier == Tier::kArchive || tier == Tier::kDeepArchive; }
// "ARCHIVE_ACCESS", as errors and HeadObject's ArchiveStatus have it; empty for tiers that can be read.
std::string_view archive_status_of(Tier tier);
// "FREQUENT", as inventories have it; empty for kNone.
std::string_view shown_tier(Tier tier);
// The object can be read now. Errors: InvalidObjectState.
Result<void> check_awake(Call& call, const Bucket& bucket, std::string_view key, const ObjectVersion& version);
// It has been read, and so is in the tier of frequent access again.
void note_access(Call& call, const Bucket& bucket, std::string_view key, ObjectVersion version);

}  // namespace s3
