#!/bin/sh
# NOT TRIED: nobody has run this file on a cluster yet.
#
# A class as a Slurm job array, then one job that collects. From the tree, built, which all nodes see
# at the same path, as they do the submissions:
#
#   part=$(sbatch --parsable --array=1-20 docs/class/slurm-array.sh SUBMISSIONS)
#   sbatch --dependency=afterany:$part docs/class/slurm-array.sh SUBMISSIONS
#
# Further arguments go to tools/grade. What a part has not graded, the collecting job grades.
#SBATCH --job-name=grade
#SBATCH --cpus-per-task=2
#SBATCH --mem=4G
#SBATCH --time=01:00:00
set -eu

submissions=$1
shift
cd "${SLURM_SUBMIT_DIR:-.}"
set -- tools/grade --batch "$submissions" --resume -j "${SLURM_CPUS_PER_TASK:-2}" "$@"
if [ -n "${SLURM_ARRAY_TASK_ID:-}" ]; then
    set -- "$@" --part "$SLURM_ARRAY_TASK_ID/$SLURM_ARRAY_TASK_COUNT"
fi
exec "$@"
