#pragma once

#include "api/s3.h"

// Each part of S3 adds its operations, timers, listeners and limits to the service's table of contents.
namespace s3 {

void add_buckets(kernel::Service& service);         // bucket_contents.cc
void add_configurations(kernel::Service& service);  // bucket_contents.cc
void add_bodies(kernel::Service& service);          // body_contents.cc
void add_objects(kernel::Service& service);         // object_contents.cc
void add_times(kernel::Service& service);           // time_contents.cc

}  // namespace s3
