#!/bin/sh
# Runs a compiler through ccache; not for precompiled headers: these know their parts by the times of the files, and one
# that was kept from an earlier state of the tree would have its parts defined twice.
for argument in "$@"; do
  [ "$argument" != c++-header ] || exec "$@"
done
CCACHE_BASEDIR=${0%/tools/*} CCACHE_NOHASHDIR=1
CCACHE_SLOPPINESS=pch_defines,time_macros,include_file_mtime,include_file_ctime
export CCACHE_BASEDIR CCACHE_NOHASHDIR CCACHE_SLOPPINESS
exec ccache "$@"
