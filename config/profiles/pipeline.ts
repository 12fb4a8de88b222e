/*
 * Commits of rhdhorchestrator/serverless-workflows with a Dockerfile that needs nothing but the workflow itself. That of its
 * main branch copies a folder that no other repository has, and the branches that upstream's first releases name are gone.
 */

/** As on the branches v1.4.x and v1.5.x: with the builder of Serverless Logic 1.35. */
export const dockerfileOf1_4 = "96d772297d3ee964ab9775d7aae7dbbd4f070dd7";

/** As on the branch v1.6.x: with the builder of Serverless Logic 1.36. */
export const dockerfileOf1_6 = "2f2ab2e1b5ee4728e3cbe4f02a33c671cde50e80";
