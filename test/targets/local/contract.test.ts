import { deploymentContract } from "../../contract/deployment.ts";
import { localRig } from "../support/rig.ts";

deploymentContract("the local target", () => localRig("built-in"));
