import { describeCoreFlow } from "./steps/core-flow";

describeCoreFlow("r2");
