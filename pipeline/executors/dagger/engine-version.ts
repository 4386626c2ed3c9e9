/** Version of the engine that is known; its client is of the same one. */
export const engineVersion = "0.21.8";
