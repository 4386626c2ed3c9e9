#!/usr/bin/env node
import { type Require, useCompiled } from "./compiled.ts";

/** Not there where the sources themselves are run. */
declare const require: Require | undefined;

// Most of a short command is Node compiling this program: what the build kept of that spares it.
if (typeof require !== "undefined") useCompiled(import.meta.dirname, require);
void import("./program.ts").then(({ main }) => main());
