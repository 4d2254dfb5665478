import { describeCoreFlow } from "./steps/core-flow";

describeCoreFlow("local");
