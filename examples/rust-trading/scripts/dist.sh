#!/bin/sh
# What is shipped of one service: its binary, and the configuration of every environment.
set -eu
cargo build --release --locked --package "$1"
rm -rf "dist/$1" && mkdir -p "dist/$1/bin"
cp "target/release/$1" "dist/$1/bin/"
cp -R config "dist/$1/config"
