#!/usr/bin/env node
import { useCompiled } from "./compiled.ts";

// Most of a short command is Node compiling this program: what the build kept of that spares it.
useCompiled(import.meta.dirname);
void import("./program.ts");
